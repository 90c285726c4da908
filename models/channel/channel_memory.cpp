#include "models/channel/channel_memory.h"

#include <cassert>

namespace tarn::channel {

LineStatus ChannelMemory::Access(const SlotRequest& request, Line* data) {
  assert(request.op == Op::kRead || request.op == Op::kWrite || request.op == Op::kPartialWrite);
  if (request.line >= lines_) return LineStatus::kAccessError;
  if (request.op == Op::kRead) return ReadLine(request.line, *data);
  WriteLine(request.line, request.data, request.mask, request.poison);
  return LineStatus::kOk;
}

}  // namespace tarn::channel
