#include "cpu.h"

#include <sched.h>

namespace netloom {

int currentProcessor() { return sched_getcpu(); }

void leaveProcessor(int processor) {
  if (processor < 0 || currentProcessor() != processor) return;
  cpu_set_t allowed;
  // Refused where there are more processors than fit in; they have enough of them.
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) < 2) return;
  cpu_set_t others = allowed;
  CPU_CLR(static_cast<size_t>(processor), &others);
  // To forbid it is the one way to leave it now.
  if (sched_setaffinity(0, sizeof others, &others) == 0) sched_setaffinity(0, sizeof allowed, &allowed);
}

}  // namespace netloom
