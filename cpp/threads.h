// Shares work between threads.
#pragma once

namespace digitcli {

// Calls `work(context, begin, end, worker)` on up to `workers` parts of [0, count), one of them on
// the calling thread, and returns when all are done. `work` must not throw. If the system refuses
// a thread, the calling thread does that part too.
void parallel_for(int count, int workers,
                  void (*work)(void* context, int begin, int end, int worker), void* context);

}  // namespace digitcli
