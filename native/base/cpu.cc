#include "cpu.h"

#include <sched.h>

namespace netloom {

int currentCpu() { return sched_getcpu(); }

void leaveCpu(int cpu) {
  if (cpu < 0 || currentCpu() != cpu) return;
  cpu_set_t allowed;
  // Fails on machines with more processors than the set has room for. Those have processors to spare.
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) < 2) return;
  cpu_set_t others = allowed;
  CPU_CLR(static_cast<size_t>(cpu), &others);
  // Excluding the processor is the only way to leave it at once.
  if (sched_setaffinity(0, sizeof others, &others) == 0) sched_setaffinity(0, sizeof allowed, &allowed);
}

}  // namespace netloom
