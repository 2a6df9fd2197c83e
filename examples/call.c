/* The library from C: y = x + w, the sum of y, and x (2 by 3) times w (3 by 2), in one plan.
   cc -I kernels examples/call.c -L target/release -ltensaur -Wl,-rpath,target/release -o target/call && target/call */
#include <stdio.h>
#include <string.h>
#include "tensaur.h"

/* The number of a name in a list of names, a line each. */
static double numbered(const char *names, const char *name) {
  double number = 0;
  for (size_t length = strlen(name); *names; names = strchr(names, '\n') + 1, number++)
    if (!strncmp(names, name, length) && names[length] == '\n') return number;
  return -1;
}

int main(void) {
  float x[6] = {1, 2, 3, 4, 5, 6}, w[6] = {10, 20, 30, 40, 50, 60}, y[6], sum, product[4];
  void *memory[5] = {x, w, y, &sum, product};
  double bytes[5] = {sizeof x, sizeof w, sizeof y, sizeof sum, sizeof product}, slots[10];
  for (int i = 0; i < 5; i++) slots[2 * i] = (double)(uintptr_t)memory[i], slots[2 * i + 1] = bytes[i];
  double add = 2 + numbered(tensaur_ops(), "add"), total = numbered(tensaur_combines(), "sum");
  double steps[] = {3,
    /* map: 2 inputs, 1 output, load 0, add 1, store 32; one job over 6 elements of slots 0, 1 and 2 */
    0, 2, 1, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, add, 0, 1, 0, 1, 0, 32, 0, 1, 1, 6, 0, 0, 0, 1, 1, 0, 0, 1, 2, 0, 0, 1,
    /* reduce: 6 elements of slot 2, its only axis, into slot 3 */
    1, total, 0, 1, 6, 1, 3, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 1, 0,
    /* matmul: exact, no batch, 2 by 2 over 3, slots 0 and 1 with their strides into slot 4 */
    2, 0, 0, 0, 2, 2, 3, 0, 0, 0, 3, 1, 1, 0, 0, 2, 1, 4, 0, 0, 0};
  uint32_t plan = tensaur_plan_create(steps, sizeof steps / sizeof *steps);
  if (!plan || tensaur_plan_run(plan, (double)(uintptr_t)slots, 5, 0, 0)) return puts(tensaur_last_error()), 1;
  printf("y = %g %g %g %g %g %g\nsum = %g\n", y[0], y[1], y[2], y[3], y[4], y[5], sum);
  printf("product = %g %g %g %g\n", product[0], product[1], product[2], product[3]);
  return !tensaur_plan_free(plan);
}
