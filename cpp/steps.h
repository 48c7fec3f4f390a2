// How one step of the plan runs, on kernels of any ISA.
#pragma once
#include <cstdint>

#include "engine.h"

namespace digitcli {

// A convolution or a pooling on one picture: `in` and `out` are whole planes, border included.
void run_picture_step(const Step& step, const Kernels& kernels, const float* in, float* out);

// A dense layer on `rows` rows. `value` and `index` have room for panels.depth entries.
void run_dense_step(const Step& step, const Kernels& kernels, const float* in, int rows, float* out,
                    float* value, std::int32_t* index);

// Softmax of `count` logits, computed in double.
void softmax(const float* logits, int count, float* probabilities);

}  // namespace digitcli
