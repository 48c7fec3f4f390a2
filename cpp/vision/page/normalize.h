// A picture of one digit, to the digit as MNIST would have made it.
#pragma once

#include <optional>

#include "vision/page/page.h"

namespace digitcli::vision {

// Cuts the one digit out of a picture of any size; empty when the picture is blank. `page` is the
// picture prepared in full detail, where the caller has that: a small one is not prepared again.
std::optional<NormalizedDigit> normalize(Grey grey, const Page* page = nullptr);

}  // namespace digitcli::vision
