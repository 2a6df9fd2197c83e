// The course's exercises, as they are.
#include "../../../kernels/cuda/practice/product.cu"
#include "../../../kernels/cuda/practice/sum.cu"
