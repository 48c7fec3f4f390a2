// Shares work between threads.
#pragma once

namespace digitcli {

// Calls work(context, item, worker) for every item of [0, items), on up to `workers` threads, of
// which the calling one is worker 0, and returns when all are done. A free worker takes the next
// item, so that a slow core does not hold up the rest. `work` must not throw. If the system
// refuses a thread, the others do its share.
void parallel_for(int items, int workers, void (*work)(void* context, int item, int worker),
                  void* context);

}  // namespace digitcli
