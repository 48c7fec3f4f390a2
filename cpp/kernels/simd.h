// The dialect the kernels are written in: only simd/ names an intrinsic or asks which ISA it is
// built for. Operations are named as Highway names them, so that Highway could replace it.
#pragma once
#include "kernels/simd/float32.h"  // IWYU pragma: export
#include "kernels/simd/int16.h"    // IWYU pragma: export
#include "kernels/simd/int8.h"     // IWYU pragma: export
#include "kernels/simd/tiles.h"    // IWYU pragma: export
