"""The library from Python: y = x + w, the sum of y, and x (2 by 3) times w (3 by 2), in one plan.

python3 examples/call.py target/release/libtensaur.so
"""
import sys
from ctypes import CDLL, addressof, c_char_p, c_double, c_float, c_uint32, sizeof

library = CDLL(sys.argv[1])
for name in ("tensaur_ops", "tensaur_combines", "tensaur_last_error"):
    getattr(library, name).restype = c_char_p
library.tensaur_plan_run.argtypes = [c_uint32, c_double, c_uint32, c_double, c_uint32]

x, w = (c_float * 6)(1, 2, 3, 4, 5, 6), (c_float * 6)(10, 20, 30, 40, 50, 60)
y, total, product = (c_float * 6)(), (c_float * 1)(), (c_float * 4)()
memory = [x, w, y, total, product]
slots = (c_double * 10)(*(number for array in memory for number in (addressof(array), sizeof(array))))
add = 2 + library.tensaur_ops().split().index(b"add")
sums = library.tensaur_combines().split().index(b"sum")
vector = lambda slot: [slot, 0, 0, 1]  # offset 0, no shifts, stride 1
steps = [3]
# map: 2 inputs, 1 output, no spills, no constants, 3 instructions; dtypes; load 0, add 1, store 32; one job
steps += [0, 2, 1, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, add, 0, 1, 0, 1, 0, 32, 0, 1, 1, 6, *vector(0), *vector(1), *vector(2)]
# reduce: 6 elements of slot 2, the only axis, into slot 3; its program loads an input
steps += [1, sums, 0, 1, 6, 1, 3, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, *vector(2), 0]
# matmul: exact, no batch, 2 by 2 over 3, slots 0 and 1 with their strides into slot 4
steps += [2, 0, 0, 0, 2, 2, 3, 0, 0, 0, 3, 1, 1, 0, 0, 2, 1, 4, 0, 0, 0]
plan = library.tensaur_plan_create((c_double * len(steps))(*steps), len(steps))
if plan == 0 or library.tensaur_plan_run(plan, addressof(slots), len(memory), 0, 0) != 0:
    sys.exit(library.tensaur_last_error().decode())
print("y =", *map("{:g}".format, y))
print("sum =", *map("{:g}".format, total))
print("product =", *map("{:g}".format, product))
