// Pictures out of a fuzzer's bytes: strokes, rules and noise, or the bytes themselves as pixels.
#pragma once
#include "fuzz/input.h"
#include "vision/picture/picture.h"

namespace digitcli::fuzz {

// Of sides from 1 to `most_side`, which is at least 64; most are small.
vision::Plane picture_of(Input& input, int most_side);

}  // namespace digitcli::fuzz
