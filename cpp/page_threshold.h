// Ink or paper, pixel by pixel, under any light.
#pragma once
#include "page.h"

namespace digitcli {

struct Inked {
  Plane ink, mask;  // as in a Page
  bool light_ink;
  double contrast;
};

Inked threshold(Plane grey, const Team& team);

}  // namespace digitcli
