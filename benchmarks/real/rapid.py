"""Read the pictures of a list with RapidOCR, as a process of its own: a JSON string for each.

    python rapid.py LIST recognise|detect

`recognise` takes the picture for one line of text, `detect` finds the lines itself. RapidOCR has no
way to ask for digits only: letters that look like one are counted as that digit, others left out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median

LOOK_ALIKES = str.maketrans("OoDQIl|!iZzSsGbBgq", "000011111225566899")
OPTIONS = {
    "Global.log_level": "critical",
    "Global.text_score": 0.0,  # a doubtful answer is better than none
    "Global.use_cls": False,  # nothing stands on its head
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
}


def main() -> None:
    """One line for each picture."""
    from rapidocr import RapidOCR

    names, mode = sys.argv[1:]
    engine = RapidOCR(params=OPTIONS)
    for name in Path(names).read_text().splitlines():
        found = engine(name, use_det=mode == "detect", use_cls=False, use_rec=True)
        texts = found.txts or ()
        lines = in_order(found.boxes, texts) if mode == "detect" and texts else texts
        print(json.dumps("\n".join(map(digits_of, lines))), flush=True)


def digits_of(text: str) -> str:
    """The digits of a text, and what may be meant as one."""
    return "".join(sign for sign in text.translate(LOOK_ALIKES) if sign in "0123456789")


def in_order(boxes, texts) -> list[str]:
    """Texts in reading order: what stands beside each other is one line."""
    middles = [(float(box[:, 1].mean()), float(box[:, 0].mean())) for box in boxes]
    tall = median(float(box[:, 1].max() - box[:, 1].min()) for box in boxes)
    lines: list[list[tuple[float, str]]] = []
    last = float("-inf")
    for (y, x), text in sorted(zip(middles, texts, strict=True)):
        if y - last > tall / 2:
            lines.append([])
        last = y
        lines[-1].append((x, text))
    return ["".join(text for _, text in sorted(line)) for line in lines]


if __name__ == "__main__":
    main()
