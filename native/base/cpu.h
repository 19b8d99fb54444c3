// Which processor a thread runs on. A kernel may let a woken thread wait for the processor of the thread that
// woke it though another is idle (seen on Linux 6.18 without preemption, in virtual machines): two threads
// that are to work side by side then take turns.
#pragma once

namespace netloom {

// That of the calling thread; -1 if it is not known.
int currentProcessor();

// Takes the calling thread off that processor, if it is there and there is another for it. Nothing is pinned:
// the set of processors that the thread may run on is afterwards what it was before.
void leaveProcessor(int processor);

}  // namespace netloom
