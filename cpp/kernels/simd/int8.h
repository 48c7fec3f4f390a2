// Vectors of bytes, and of the 32 bits that their products are summed in.
#pragma once
#include "kernels/simd/float32.h"

namespace {

typedef int32_t I32 __attribute__((vector_size(kBytes)));
typedef int32_t UnalignedI32 __attribute__((vector_size(kBytes), aligned(1), may_alias));
typedef uint32_t U32 __attribute__((vector_size(kBytes)));
typedef int16_t I16 __attribute__((vector_size(kBytes)));
typedef uint16_t U16 __attribute__((vector_size(kBytes)));
typedef int8_t I8 __attribute__((vector_size(kBytes)));
typedef int8_t UnalignedI8 __attribute__((vector_size(kBytes), aligned(1), may_alias));
typedef uint8_t U8 __attribute__((vector_size(kBytes)));
typedef uint8_t LaneBytes __attribute__((vector_size(kLanes)));  // one byte for each lane
typedef uint8_t UnalignedLaneBytes __attribute__((vector_size(kLanes), aligned(1), may_alias));

#if defined(__AVX512F__)
constexpr int kInt8Rows = 14;  // as in float32: 14 x 2 sums + 2 weights + 1 input
constexpr int kPairRows = 14;
constexpr int kRowBlocks = 4;  // 4 x 4 sums + 4 rows + 8 half and wholly interleaved: 28 registers
#elif defined(__AVXVNNI__)
constexpr int kInt8Rows = 6;  // 6 x 2 sums + 2 weights + 1 input
constexpr int kPairRows = 6;
constexpr int kRowBlocks = 2;  // 2 x 4 sums + 4 rows + halves: 16 registers
#elif defined(__ARM_NEON)
constexpr int kInt8Rows = 8;
constexpr int kPairRows = 8;
constexpr int kRowBlocks = 4;
#else
constexpr int kPairRows = kTileRows;
constexpr int kInt8Rows = 4;   // 4 x 2 sums + 4 halves of weights + 2 of the input + 1 product
constexpr int kRowBlocks = 4;  // 4 sums + 4 rows + halves and products
#endif

inline I32 load_ints(const uint8_t* p) { return *reinterpret_cast<const UnalignedI32*>(p); }
inline I32 load(const int32_t* p) { return *reinterpret_cast<const UnalignedI32*>(p); }
inline void store(I32 v, int32_t* p) { *reinterpret_cast<UnalignedI32*>(p) = v; }
inline I8 load(const int8_t* p) { return *reinterpret_cast<const UnalignedI8*>(p); }

// kLanes bytes, each in a lane of its own.
inline I32 load_bytes(const uint8_t* p) {
#if defined(__AVX2__)
  I32 lanes;  // GCC 12 takes the line below byte by byte
  asm("vpmovzxbd %1, %0" : "=v"(lanes) : "m"(*reinterpret_cast<const UnalignedLaneBytes*>(p)));
  return lanes;
#endif
  return __builtin_convertvector(*reinterpret_cast<const UnalignedLaneBytes*>(p), I32);
}

// The same four bytes in every lane.
inline U8 repeat4(const void* p) {
  int32_t four;
  __builtin_memcpy(&four, p, sizeof four);
  return (U8)(I32{} + four);
}

#if !defined(__AVX512F__) && defined(__SSE2__)
// a[2i] * b[2i] + a[2i+1] * b[2i+1], in 32 bits.
inline I32 multiply_pairs(I16 a, I16 b) {
#if defined(__AVX2__)
  return (I32)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#else
  return (I32)_mm_madd_epi16((__m128i)a, (__m128i)b);
#endif
}
#endif

// Within each 16 bytes: a and b in turn, one byte or two at a time, of the lower or the upper half.
#if defined(__AVX512F__)
#define DIGIT_ZIP(name, avx512, avx2, sse2)                    \
  inline I8 name(I8 a, I8 b) {                                 \
    I8 zipped;                                                 \
    asm(avx512 " %2, %1, %0" : "=v"(zipped) : "v"(a), "v"(b)); \
    return zipped;                                             \
  }
#elif defined(__AVX2__)
#define DIGIT_ZIP(name, avx512, avx2, sse2) \
  inline I8 name(I8 a, I8 b) { return (I8)avx2((__m256i)a, (__m256i)b); }
#elif defined(__SSE2__)
#define DIGIT_ZIP(name, avx512, avx2, sse2) \
  inline I8 name(I8 a, I8 b) { return (I8)sse2((__m128i)a, (__m128i)b); }
#endif
#if defined(__SSE2__)
DIGIT_ZIP(zip_low8, "vpunpcklbw", _mm256_unpacklo_epi8, _mm_unpacklo_epi8)
DIGIT_ZIP(zip_high8, "vpunpckhbw", _mm256_unpackhi_epi8, _mm_unpackhi_epi8)
DIGIT_ZIP(zip_low16, "vpunpcklwd", _mm256_unpacklo_epi16, _mm_unpacklo_epi16)
DIGIT_ZIP(zip_high16, "vpunpckhwd", _mm256_unpackhi_epi16, _mm_unpackhi_epi16)
#undef DIGIT_ZIP
#elif defined(__ARM_NEON)
inline I8 zip_low8(I8 a, I8 b) { return (I8)vzip1q_s8((int8x16_t)a, (int8x16_t)b); }
inline I8 zip_high8(I8 a, I8 b) { return (I8)vzip2q_s8((int8x16_t)a, (int8x16_t)b); }
inline I8 zip_low16(I8 a, I8 b) { return (I8)vzip1q_s16((int16x8_t)a, (int16x8_t)b); }
inline I8 zip_high16(I8 a, I8 b) { return (I8)vzip2q_s16((int16x8_t)a, (int16x8_t)b); }
#else
template <int kSize>
inline I8 zip(I8 a, I8 b, int half) {
  I8 zipped;
  for (int i = 0; i < kBytes; ++i) {
    const int from = i / 16 * 16 + half + i % 16 / (2 * kSize) * kSize + i % kSize;
    zipped[i] = i / kSize % 2 == 0 ? a[from] : b[from];
  }
  return zipped;
}
inline I8 zip_low8(I8 a, I8 b) { return zip<1>(a, b, 0); }
inline I8 zip_high8(I8 a, I8 b) { return zip<1>(a, b, 8); }
inline I8 zip_low16(I8 a, I8 b) { return zip<2>(a, b, 0); }
inline I8 zip_high16(I8 a, I8 b) { return zip<2>(a, b, 8); }
#endif

// sum[i] + a[4i] * b[4i] + ... + a[4i+3] * b[4i+3], exact: nothing saturates on the way.
inline I32 dot4(U8 a, I8 b, I32 sum) {
#if defined(__AVX512F__)
  // Pinned: around the intrinsic GCC 12 copies the sums from register to register.
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
  return sum;
#elif defined(__AVXVNNI__)
  asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
  return sum;
#elif defined(__SSE2__)
  // vpmaddubsw would saturate: even and odd bytes are widened in place instead.
  const I16 even = (I16)b << 8 >> 8, odd = (I16)b >> 8;
  return sum + multiply_pairs((I16)a & 0xFF, even) + multiply_pairs((I16)((U16)a >> 8), odd);
#elif defined(__ARM_FEATURE_MATMUL_INT8)
  return (I32)vusdotq_s32((int32x4_t)sum, (uint8x16_t)a, (int8x16_t)b);
#elif defined(__ARM_FEATURE_DOTPROD)
  // Of signed bytes only: a = (a - 128) + 64 + 64. All rows of a tile share what the second and
  // third summand make of their weights. Sums wrap on their way, and come back.
  const int8x16_t w = (int8x16_t)b, half = vdupq_n_s8(64);
  const int32x4_t offset = vdotq_s32(vdotq_s32(vdupq_n_s32(0), half, w), half, w);
  const int8x16_t centred = vreinterpretq_s8_u8(veorq_u8((uint8x16_t)a, vdupq_n_u8(0x80)));
  return (I32)vdotq_s32(vaddq_s32((int32x4_t)sum, offset), centred, w);
#elif defined(__ARM_NEON)
  // A product of two bytes fits into 16 bits.
  const uint8x16_t x = (uint8x16_t)a;
  const int8x16_t w = (int8x16_t)b;
  const int16x8_t low =
      vmulq_s16(vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(x))), vmovl_s8(vget_low_s8(w)));
  const int16x8_t high = vmulq_s16(vreinterpretq_s16_u16(vmovl_high_u8(x)), vmovl_high_s8(w));
  return sum + (I32)vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high));
#else
  for (int shift = 24; shift >= 0; shift -= 8) {
    sum += ((I32)a << shift >> 24 & 0xFF) * ((I32)b << shift >> 24);
  }
  return sum;
#endif
}

inline I32 max(I32 a, I32 b) { return a > b ? a : b; }

// min(v, most), for `most` that are no NaN.
inline F32 clamp_above(F32 v, F32 most) {
#if defined(__AVX512F__)
  // GCC 12 makes a comparison and a blend of the line below, and warns of its own intrinsic.
  asm("vminps %2, %1, %0" : "=v"(v) : "v"(v), "v"(most));
  return v;
#else
  return v < most ? v : most;
#endif
}

// To the nearest whole number, ties to even; for values that fit.
inline I32 round_to_int(F32 v) {
#if defined(__AVX512F__)
  I32 y;
  asm("vcvtps2dq %1, %0" : "=v"(y) : "v"(v));
  return y;
#elif defined(__AVX2__)
  return (I32)_mm256_cvtps_epi32(v);
#elif defined(__SSE2__)
  return (I32)_mm_cvtps_epi32(v);
#elif defined(__ARM_NEON)
  return (I32)vcvtnq_s32_f32(v);
#else
  I32 y;
  for (int i = 0; i < kLanes; ++i) y[i] = (int32_t)__builtin_rintf(v[i]);
  return y;
#endif
}

// round(clamp(sum * scale, 0, 255)), ties to even, to kLanes bytes. One multiplication, rounded by
// itself: every ISA stores the same bytes. Sums times scales stay above -2^31 in all but absurd
// networks, and there both ways of rounding give 0 too.
//
// Of a `half` only the first kHalf bytes are stored: narrow pixels lie closer together.
inline void store_quantized(I32 sum, F32 scale, uint8_t* y, bool half) {
  const F32 v = clamp_above(__builtin_convertvector(sum, F32) * scale, F32{} + 255.0f);
  const I32 q = max(round_to_int(v), I32{});
  const LaneBytes bytes = __builtin_convertvector(q, LaneBytes);
  if (kHalf < kLanes && half) {
    __builtin_memcpy(y, &bytes, kHalf);
  } else {
    *reinterpret_cast<UnalignedLaneBytes*>(y) = bytes;
  }
}

// The pixels x[0] to x[kPixels - 1], each in eight bytes of its own.
constexpr int kPixels = kBytes / 8;
typedef uint64_t U64 __attribute__((vector_size(kBytes)));
typedef uint64_t UnalignedU64 __attribute__((vector_size(kBytes), aligned(1), may_alias));
typedef uint8_t PixelBytes __attribute__((vector_size(kPixels)));
typedef uint8_t UnalignedPixelBytes __attribute__((vector_size(kPixels), aligned(1), may_alias));

inline U64 load_pixels(const uint8_t* x) {
#if defined(__AVX2__)
  U64 pixels;  // GCC 12 takes the lines below byte by byte
  asm("vpmovzxbq %1, %0" : "=v"(pixels) : "m"(*reinterpret_cast<const UnalignedPixelBytes*>(x)));
  return pixels;
#else
  PixelBytes bytes;
  __builtin_memcpy(&bytes, x, sizeof bytes);
  return __builtin_convertvector(bytes, U64);
#endif
}
// All bytes of a vector as they lie.
inline void store_bytes(U64 v, uint8_t* p) { *reinterpret_cast<UnalignedU64*>(p) = v; }
inline void store_bytes(I32 v, uint8_t* p) { *reinterpret_cast<UnalignedI32*>(p) = v; }

}  // namespace
