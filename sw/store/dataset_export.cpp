#include "sw/store/dataset_export.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "sw/net/spare_bytes.h"

namespace tarn::store {

namespace {

using dataset::IoRequest;
using dataset::ObjectStatus;
using dataset::Outcome;

// README.md of sw/dataset, duty 6.
nbd::Error ErrorOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return nbd::Error::kNone;
    case Outcome::kInvalid:
    case Outcome::kExists:
      return nbd::Error::kInvalid;
    case Outcome::kReadOnly:
      return nbd::Error::kPermission;
    case Outcome::kNoSpace:
      return nbd::Error::kNoSpace;
    case Outcome::kUnavailable:
      return nbd::Error::kShutdown;
    case Outcome::kNoSuchObject:
    case Outcome::kBusy:
    case Outcome::kUnknown:
    case Outcome::kIo:
      return nbd::Error::kIo;
  }
  return nbd::Error::kIo;
}

IoRequest::Kind KindOf(nbd::Command command) {
  switch (command) {
    case nbd::Command::kWrite:
      return IoRequest::Kind::kWrite;
    case nbd::Command::kFlush:
      return IoRequest::Kind::kFlush;
    case nbd::Command::kTrim:
      return IoRequest::Kind::kTrim;
    case nbd::Command::kWriteZeroes:
      return IoRequest::Kind::kWriteZeroes;
    case nbd::Command::kBlockStatus:
      return IoRequest::Kind::kBlockStatus;
    default:
      return IoRequest::Kind::kRead;
  }
}

std::string Description(const ObjectStatus& object) {
  const std::string kind = object.kind == ObjectStatus::Kind::kVolume ? "volume" : "snapshot";
  return kind + (object.parent == dataset::kNoObject ? "" : " based on " + std::to_string(object.parent));
}

dataset::SharedSpan Shared(dataset::Bytes bytes) {
  if (bytes.empty()) return {};
  const dataset::SharedBytes owner = net::ShareSpare(std::move(bytes));
  return {.owner = owner, .bytes = *owner};
}

class ObjectExport : public nbd::Export {
 public:
  ObjectExport(MemberHost& host, const ObjectStatus& object) : host_(host), object_(object.id) {
    const std::uint32_t block_bytes = host.config().block_bytes;
    info_ = {.size_bytes = object.size_bytes,
             .description = Description(object),
             .block_sizes = {.minimum = block_bytes, .preferred = std::max(block_bytes, 4096U)},
             .read_only = !object.writable(),
             .multi_conn = true,  // every member serves what was acknowledged, and a flush covers all of it
             .fast_zero = true};
  }

  const nbd::ExportInfo& info() const override { return info_; }

  void Submit(nbd::Operation operation, std::function<void(nbd::Completion)> done) override {
    if (operation.command == nbd::Command::kCache)
      return done({});  // a hint, and content is in memory as far as it fits
    if (operation.command == nbd::Command::kWriteZeroes && operation.no_hole) {
      if (operation.fast_zero) return done({.error = nbd::Error::kNotSupported});
      return WriteOut(std::make_shared<Zeroes>(Zeroes{.object = object_,
                                                      .offset = operation.offset,
                                                      .left = operation.length,
                                                      .fua = operation.fua,
                                                      .done = std::move(done)}),
                      host_);
    }
    IoRequest request = {.kind = KindOf(operation.command),
                         .object = object_,
                         .offset_bytes = operation.offset,
                         .length_bytes = operation.length,
                         .fua = operation.fua,
                         .data = Shared(std::move(operation.data))};
    host_.Submit(std::move(request), [done = std::move(done)](dataset::Reply reply) { done(ToCompletion(reply)); });
  }

 private:
  // Zeroes that are to be there as content, with room of their own.
  struct Zeroes {
    dataset::ObjectId object;
    std::uint64_t offset = 0;
    std::uint64_t left = 0;
    bool fua = false;
    std::function<void(nbd::Completion)> done;
  };
  static constexpr std::uint64_t kZeroesBytes = 1 << 20;  // multiple of every block size

  // The same for all: a thousand requests under way take no memory of their own.
  static dataset::SharedSpan SharedZeroes(std::uint64_t bytes) {
    static const dataset::SharedSpan kZeroes = dataset::Owned(dataset::Bytes(kZeroesBytes));
    return {.owner = kZeroes.owner, .bytes = kZeroes.bytes.first(bytes)};
  }

  static void WriteOut(const std::shared_ptr<Zeroes>& zeroes, MemberHost& host) {
    const std::uint64_t bytes = std::min(zeroes->left, kZeroesBytes);
    if (bytes == 0) return zeroes->done({});
    IoRequest request = {.kind = IoRequest::Kind::kWrite,
                         .object = zeroes->object,
                         .offset_bytes = zeroes->offset,
                         .length_bytes = bytes,
                         .fua = zeroes->fua,
                         .data = SharedZeroes(bytes)};
    zeroes->offset += bytes;
    zeroes->left -= bytes;
    host.Submit(std::move(request), [zeroes, &host](dataset::Reply reply) {
      if (reply.outcome != Outcome::kOk) return zeroes->done(ToCompletion(reply));
      WriteOut(zeroes, host);
    });
  }

  static nbd::Completion ToCompletion(dataset::Reply& reply) {
    nbd::Completion completion = {.error = ErrorOf(reply.outcome)};
    if (reply.outcome != Outcome::kOk) {
      completion.message = reply.text.empty() ? Name(reply.outcome) : reply.text;
      return completion;
    }
    completion.data = std::move(reply.data);
    for (const dataset::StatusRun& run : reply.runs) {
      completion.pieces.push_back(
          {.length = static_cast<std::uint32_t>(std::min<std::uint64_t>(run.length_bytes, UINT32_MAX & ~0xffffU)),
           .zero = run.is_hole,
           .hole = run.is_hole});
      if (run.length_bytes > UINT32_MAX) break;  // what follows would be told in the wrong place
    }
    return completion;
  }

  MemberHost& host_;
  dataset::ObjectId object_;
  nbd::ExportInfo info_;
};

}  // namespace

std::shared_ptr<nbd::Export> DatasetExports::Find(const std::string& name) {
  const std::vector<ObjectStatus> objects = host_.objects();
  const auto is_volume = [](const ObjectStatus& one) { return one.kind == ObjectStatus::Kind::kVolume; };
  auto found = std::ranges::find(objects, name, &ObjectStatus::name);
  if (name.empty() && std::ranges::count_if(objects, is_volume) == 1) found = std::ranges::find_if(objects, is_volume);
  if (found == objects.end()) return nullptr;
  return std::make_shared<ObjectExport>(host_, *found);
}

std::vector<nbd::ExportDirectory::Entry> DatasetExports::List() {
  std::vector<Entry> entries;
  for (const ObjectStatus& object : host_.objects()) {
    entries.push_back({.name = object.name, .description = Description(object)});
  }
  return entries;
}

}  // namespace tarn::store
