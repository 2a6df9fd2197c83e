// Vector math on CUDA: the functions of kernels/cpu/math, one number at a time, with the same bits.
//
// Expressions of kernels/ops.rs and the fixed kernels call them. The bits are a matter of this text alone: no function
// of CUDA's own math library is called but those that IEEE 754 defines exactly, and a multiplication and an addition
// are fused only where `fma` says so. So programs are compiled with --fmad=false, without --use_fast_math, --ftz=true or
// --prec-div=false; with g++ that is -ffp-contract=off.
//
// `fmod` and integers' `pow` are loops, and angles too large for a float's reduction take a branch; what else there is of
// branches are the slow paths of the compiler's own divisions and roots. Compiled for sm_75 to sm_120 by NVRTC 12.9 nothing
// lies in local memory, and a kernel of one op takes at most 42 registers (`pow` in double). On sm_90 exp in float is 21
// instructions, erf 37, sin 39 unless the angle is large.
//
// Programs load and store by `convert`.
#pragma once

#include "math/machine.cuh"
#include "math/constants.cuh"
#include "math/arithmetic.cuh"
#include "math/pair.cuh"
#include "math/round.cuh"
#include "math/exponential.cuh"
#include "math/reduce.cuh"
#include "math/sine.cuh"
#include "math/angle.cuh"
#include "math/erf.cuh"
#include "math/power.cuh"
#include "math/hyperbolic.cuh"
#include "math/root.cuh"
#include "math/remainder.cuh"
#include "math/convert.cuh"
#include "math/random.cuh"
