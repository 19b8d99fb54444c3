// Which processor a thread runs on. A kernel may queue a woken thread behind the thread that woke it although
// another processor is idle (seen on Linux 6.18 without preemption, in virtual machines). Two threads that
// should run side by side then take turns.
#pragma once

namespace netloom {

// The processor of the calling thread; -1 if it is unknown.
int currentCpu();

// Moves the calling thread off that processor if it runs there and may run on another. The thread is not
// pinned: its affinity mask is afterwards the same as before.
void leaveCpu(int cpu);

}  // namespace netloom
