"""Makes the page that reads a digit without a server: `python -m wasm_page OUT.html`."""
