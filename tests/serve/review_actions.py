"""What a person does on the page of `digitcli review`, and waits for."""

from __future__ import annotations


def expect(page, place, ready=True):
    """Wait for the item at a place as the page words it, and for its picture."""
    page.wait_for_function(
        "([place, ready]) => document.querySelector('#place').textContent === place"
        " && document.querySelector('#frame').hidden !== ready",
        arg=[place, ready],
    )


def say(page, number):
    page.keyboard.type(number)
    page.keyboard.press("Enter")
