// The warp-wide matrix instructions, emulated element by element from their layouts in the PTX manual.
#pragma once

namespace cudashim {

/// d = a b + c for 16x8 floats: a is 16x8, b is 8x8, both TF32 (the low 13 bits of a float are not looked at).
void mma_m16n8k8_tf32(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2], const float (&c)[4], int line);

/// d = a b + c for 16x8 floats: a is 16x16, b is 16x8, both bfloat16, two in a register.
void mma_m16n8k16_bf16(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2], const float (&c)[4], int line);

/// Loads `count` (1, 2 or 4) 8x8 matrices of 16-bit elements; lane i gives the address of row i.
void ldmatrix(unsigned* registers, unsigned count, bool transposed, const void* row, int line);

}  // namespace cudashim
