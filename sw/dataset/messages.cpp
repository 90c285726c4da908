#include "sw/dataset/messages.h"

#include <algorithm>
#include <array>

#include "sw/dataset/wire.h"

namespace tarn::dataset {

namespace {

constexpr std::uint32_t kMark = 0x324d'4454;        // "TDM2"
constexpr std::size_t kMessageOverheadBytes = 112;  // of most; others grow
constexpr std::size_t kStampBytes = 12;

constexpr std::array kNames = {
    "heartbeat",       "update",         "update applied", "commit",         "flush",  "flush done",
    "control forward", "control answer", "prepare",        "prepared",       "apply",  "applied",
    "control done",    "table request",  "table",          "digest request", "digest", "content request",
    "content",         "verify request", "verify"};
static_assert(kNames.size() == std::variant_size_v<MessageBody>);

// What several bodies have in common, written and read by one pair of functions each.
template <typename Numbers>
void PutNumbers(WireWriter& writer, const Numbers& numbers) {
  writer.U32(static_cast<std::uint32_t>(numbers.size()));
  for (const std::uint64_t number : numbers) writer.U64(number);
}
template <typename Numbers>
Numbers TakeNumbers(WireReader& reader) {
  Numbers numbers(reader.Count(sizeof(std::uint64_t)));
  for (std::uint64_t& number : numbers) number = reader.U64();
  return numbers;
}
void PutStamps(WireWriter& writer, const std::vector<Stamp>& stamps) {
  writer.U32(static_cast<std::uint32_t>(stamps.size()));
  for (const Stamp& stamp : stamps) writer.Put(stamp);
}
std::vector<Stamp> TakeStamps(WireReader& reader) {
  std::vector<Stamp> stamps(reader.Count(kStampBytes));
  for (Stamp& stamp : stamps) stamp = reader.TakeStamp();
  return stamps;
}
BlockRange TakeBlocks(WireReader& reader) {
  const BlockRange range = reader.Range();
  if (range.count == 0 || range.end() > kBlocksMax) reader.Fail();
  return range;
}
bool IsInOneChunk(const BlockRange& range) { return range.first / kChunkBlocks == (range.end() - 1) / kChunkBlocks; }
ExtentKind TakeKind(WireReader& reader) {
  const std::uint8_t kind = reader.U8();
  if (kind > static_cast<std::uint8_t>(ExtentKind::kData)) reader.Fail();
  return static_cast<ExtentKind>(kind);
}
// Data, and the checksums of its blocks: both are there for kData, of the range's length, and for nothing else.
void CheckData(WireReader& reader, ExtentKind kind, const BlockRange& range, std::size_t checksums, std::size_t data,
               std::uint32_t block_bytes) {
  const bool is_data = kind == ExtentKind::kData;
  const bool fits = is_data ? IsInOneChunk(range) && checksums == range.count && data == range.count * block_bytes
                            : checksums == 0 && data == 0;
  if (!fits) reader.Fail();
}

class Encoder {
 public:
  explicit Encoder(WireWriter& writer) : writer_(writer) {}

  void operator()(const Heartbeat& body) {
    writer_.U8(static_cast<std::uint8_t>(body.phase));
    writer_.U8(
        static_cast<std::uint8_t>((body.settled ? 1 : 0) | (body.up_to_date ? 2 : 0) | (body.incomplete ? 4 : 0)));
    writer_.U32(body.record.epoch);
    writer_.Set(body.record.members);
    writer_.Set(body.record.in_sync);
    writer_.Set(body.record.learners);
    writer_.U64(static_cast<std::uint64_t>(body.sent_ns));
    writer_.U64(static_cast<std::uint64_t>(body.echo_ns));
    writer_.U64(body.floor);
    writer_.U64(body.control_done);
    writer_.U64(body.free_bytes);
  }
  void operator()(const Update& body) {
    writer_.U64(body.object);
    writer_.Put(body.range);
    writer_.Put(body.stamp);
    writer_.U8(static_cast<std::uint8_t>(body.kind));
    writer_.U8(body.fua ? 1 : 0);
    PutNumbers(writer_, body.checksums);
    writer_.U32(static_cast<std::uint32_t>(body.data.size()));  // they follow: see EncodeMessageHead
  }
  void operator()(const UpdateApplied& body) { PutStamps(writer_, body.stamps); }
  void operator()(const Commit& body) { PutStamps(writer_, body.stamps); }
  void operator()(const FlushRequest& body) { writer_.U64(body.token); }
  void operator()(const FlushDone& body) { writer_.U64(body.token); }
  void operator()(const ControlForward& body) {
    writer_.U64(body.token);
    writer_.U8(static_cast<std::uint8_t>(body.request.kind));
    writer_.U64(body.request.object);
    writer_.Text(body.request.name);
    writer_.U64(body.request.size_bytes);
    writer_.U8(body.request.member);
  }
  void operator()(const ControlAnswer& body) {
    writer_.U64(body.token);
    writer_.U8(static_cast<std::uint8_t>(body.outcome));
    writer_.U64(body.object);
  }
  void operator()(const ControlPrepare& body) { writer_.U64(body.serial); }
  void operator()(const ControlPrepared& body) { writer_.U64(body.serial); }
  void operator()(const ControlApply& body) {
    writer_.U64(body.serial);
    writer_.Blob(EncodeChange(body.change));
  }
  void operator()(const ControlApplied& body) { writer_.U64(body.serial); }
  void operator()(const ControlDone& body) { writer_.U64(body.serial); }
  void operator()(const TableRequest& body) { writer_.U64(body.token); }
  void operator()(const TableAnswer& body) {
    writer_.U64(body.token);
    writer_.Blob(EncodeTable(body.table));
    writer_.U64(body.done);
    writer_.Blob(body.last ? EncodeChange(*body.last) : Bytes{});
  }
  void operator()(const DigestRequest& body) {
    writer_.U64(body.token);
    writer_.U64(body.object);
    writer_.U64(body.range.first);
    writer_.U64(body.range.count);
    writer_.U32(static_cast<std::uint32_t>(body.digests.size()));
    for (const ChunkDigest& digest : body.digests) {
      writer_.U64(digest.chunk);
      writer_.U64(digest.digest);
    }
  }
  void operator()(const DigestAnswer& body) {
    writer_.U64(body.token);
    writer_.U64(body.chunks);
    writer_.U32(static_cast<std::uint32_t>(body.runs.size()));
    for (const ChunkRun& run : body.runs) {
      writer_.Put(run.range);
      writer_.U8(static_cast<std::uint8_t>(run.kind));
      writer_.Put(run.stamp);
    }
  }
  void operator()(const ContentRequest& body) { PutPlace(body.token, body.object, body.range); }
  void operator()(const ContentAnswer& body) {
    writer_.U64(body.token);
    writer_.U8(body.lost ? 1 : 0);
    writer_.U32(static_cast<std::uint32_t>(body.runs.size()));
    for (const ContentRun& run : body.runs) {
      writer_.Put(run.range);
      writer_.U8(static_cast<std::uint8_t>(run.kind));
      writer_.Put(run.stamp);
      PutNumbers(writer_, run.checksums);
      writer_.Blob(run.data);
    }
  }
  void operator()(const VerifyRequest& body) { PutPlace(body.token, body.object, body.range); }
  void operator()(const VerifyAnswer& body) {
    writer_.U64(body.token);
    writer_.U8(body.lost ? 1 : 0);
    writer_.U32(static_cast<std::uint32_t>(body.runs.size()));
    for (const VerifyRun& run : body.runs) {
      writer_.Put(run.range);
      writer_.Put(run.stamp);
      PutNumbers(writer_, run.checksums);
    }
  }

 private:
  void PutPlace(std::uint64_t token, ObjectId object, const BlockRange& range) {
    writer_.U64(token);
    writer_.U64(object);
    writer_.Put(range);
  }

  WireWriter& writer_;
};

// One overload a body; the argument only says which.
class Decoder {
 public:
  Decoder(WireReader& reader, std::uint32_t block_bytes) : reader_(reader), block_bytes_(block_bytes) {}

  Heartbeat Take(Heartbeat body) {
    const std::uint8_t phase = reader_.U8();
    if (phase > static_cast<std::uint8_t>(Phase::kFailed)) reader_.Fail();
    body.phase = static_cast<Phase>(phase);
    const std::uint8_t flags = reader_.U8();
    body.settled = (flags & 1) != 0;
    body.up_to_date = (flags & 2) != 0;
    body.incomplete = (flags & 4) != 0;
    body.record.epoch = reader_.U32();
    body.record.members = reader_.Set();
    body.record.in_sync = reader_.Set();
    body.record.learners = reader_.Set();
    if (body.record.exists() && !body.record.IsValid()) reader_.Fail();
    body.sent_ns = static_cast<TimeNs>(reader_.U64());
    body.echo_ns = static_cast<TimeNs>(reader_.U64());
    body.floor = reader_.U64();
    body.control_done = reader_.U64();
    body.free_bytes = reader_.U64();
    return body;
  }
  Update Take(Update body) {
    body.object = reader_.U64();
    body.range = TakeBlocks(reader_);
    body.stamp = reader_.TakeStamp();
    body.kind = TakeKind(reader_);
    body.fua = reader_.U8() != 0;
    body.checksums = TakeNumbers<ChecksumVector>(reader_);
    body.data = reader_.Blob();
    if (reader_.ok()) CheckData(reader_, body.kind, body.range, body.checksums.size(), body.data.size(), block_bytes_);
    if (body.kind == ExtentKind::kNone || body.stamp.is_none()) reader_.Fail();
    return body;
  }
  UpdateApplied Take(const UpdateApplied& /*body*/) { return {.stamps = TakeStamps(reader_)}; }
  Commit Take(const Commit& /*body*/) { return {.stamps = TakeStamps(reader_)}; }
  FlushRequest Take(FlushRequest /*body*/) { return {.token = reader_.U64()}; }
  FlushDone Take(FlushDone /*body*/) { return {.token = reader_.U64()}; }
  ControlForward Take(ControlForward body) {
    body.token = reader_.U64();
    const std::uint8_t kind = reader_.U8();
    if (kind > static_cast<std::uint8_t>(ControlRequest::Kind::kTakeOver)) reader_.Fail();
    body.request.kind = static_cast<ControlRequest::Kind>(kind);
    body.request.object = reader_.U64();
    body.request.name = reader_.Text();
    body.request.size_bytes = reader_.U64();
    body.request.member = reader_.U8();
    return body;
  }
  ControlAnswer Take(ControlAnswer body) {
    body.token = reader_.U64();
    const std::uint8_t outcome = reader_.U8();
    if (outcome > static_cast<std::uint8_t>(Outcome::kIo)) reader_.Fail();
    body.outcome = static_cast<Outcome>(outcome);
    body.object = reader_.U64();
    return body;
  }
  ControlPrepare Take(ControlPrepare /*body*/) { return {.serial = reader_.U64()}; }
  ControlPrepared Take(ControlPrepared /*body*/) { return {.serial = reader_.U64()}; }
  ControlApply Take(ControlApply body) {
    body.serial = reader_.U64();
    const auto change = DecodeChange(reader_.Blob());
    if (!change) reader_.Fail();
    body.change = change.value_or(ObjectChange{});
    return body;
  }
  ControlApplied Take(ControlApplied /*body*/) { return {.serial = reader_.U64()}; }
  ControlDone Take(ControlDone /*body*/) { return {.serial = reader_.U64()}; }
  TableRequest Take(TableRequest /*body*/) { return {.token = reader_.U64()}; }
  TableAnswer Take(TableAnswer body) {
    body.token = reader_.U64();
    auto table = DecodeTable(reader_.Blob());
    if (!table) reader_.Fail();
    if (table) body.table = std::move(*table);
    body.done = reader_.U64();
    const auto last = reader_.Blob();
    if (last.empty()) return body;
    body.last = DecodeChange(last);
    if (!body.last) reader_.Fail();
    return body;
  }
  DigestRequest Take(DigestRequest body) {
    constexpr std::size_t kDigestBytes = 16;
    body.token = reader_.U64();
    body.object = reader_.U64();
    body.range.first = reader_.U64();
    body.range.count = reader_.U64();
    body.digests.resize(reader_.Count(kDigestBytes));
    if (body.range.count == 0 || body.range.first > kChunksMax || body.range.count > kChunksMax - body.range.first)
      reader_.Fail();
    std::uint64_t least = body.range.first;
    for (ChunkDigest& digest : body.digests) {
      digest.chunk = reader_.U64();
      digest.digest = reader_.U64();
      if (reader_.ok() && (digest.chunk < least || digest.chunk >= body.range.end())) reader_.Fail();
      least = digest.chunk + 1;
    }
    return body;
  }
  DigestAnswer Take(DigestAnswer body) {
    constexpr std::size_t kRunBytes = 29;
    body.token = reader_.U64();
    body.chunks = reader_.U64();
    body.runs.resize(reader_.Count(kRunBytes));
    for (ChunkRun& run : body.runs) {
      run.range = TakeBlocks(reader_);
      run.kind = TakeKind(reader_);
      run.stamp = reader_.TakeStamp();
      if (reader_.ok() && !IsInOneChunk(run.range)) reader_.Fail();
    }
    return body;
  }
  ContentRequest Take(ContentRequest body) {
    TakePlace(body);
    if (reader_.ok() && !IsInOneChunk(body.range)) reader_.Fail();
    return body;
  }
  ContentAnswer Take(ContentAnswer body) {
    constexpr std::size_t kRunBytesMin = 37;
    body.token = reader_.U64();
    body.lost = reader_.U8() != 0;
    body.runs.resize(reader_.Count(kRunBytesMin));
    for (ContentRun& run : body.runs) {
      run.range = TakeBlocks(reader_);
      run.kind = TakeKind(reader_);
      run.stamp = reader_.TakeStamp();
      run.checksums = TakeNumbers<ChecksumVector>(reader_);
      run.data = reader_.Blob();
      if (reader_.ok()) CheckData(reader_, run.kind, run.range, run.checksums.size(), run.data.size(), block_bytes_);
    }
    return body;
  }
  VerifyRequest Take(VerifyRequest body) {
    TakePlace(body);
    return body;
  }
  VerifyAnswer Take(VerifyAnswer body) {
    constexpr std::size_t kRunBytesMin = 32;
    body.token = reader_.U64();
    body.lost = reader_.U8() != 0;
    body.runs.resize(reader_.Count(kRunBytesMin));
    for (VerifyRun& run : body.runs) {
      run.range = TakeBlocks(reader_);
      run.stamp = reader_.TakeStamp();
      run.checksums = TakeNumbers<ChecksumVector>(reader_);
      if (reader_.ok() && !run.checksums.empty() && run.checksums.size() != run.range.count) reader_.Fail();
    }
    return body;
  }

 private:
  template <typename Body>
  void TakePlace(Body& body) {
    body.token = reader_.U64();
    body.object = reader_.U64();
    body.range = TakeBlocks(reader_);
  }

  WireReader& reader_;
  std::uint32_t block_bytes_;
};

template <std::size_t kIndex = 0>
bool TakeBody(std::size_t index, Decoder& decoder, MessageBody& body) {
  if constexpr (kIndex < std::variant_size_v<MessageBody>) {
    if (index != kIndex) return TakeBody<kIndex + 1>(index, decoder, body);
    body = decoder.Take(std::variant_alternative_t<kIndex, MessageBody>{});
    return true;
  } else {
    return false;
  }
}

}  // namespace

const char* MessageName(std::size_t index) { return index < kNames.size() ? kNames[index] : "?"; }

Bytes EncodeMessage(const Message& message) {
  Bytes bytes = EncodeMessageHead(message);
  if (const auto* update = std::get_if<Update>(&message.body)) {
    bytes.insert(bytes.end(), update->data.begin(), update->data.end());
  }
  return bytes;
}

Bytes EncodeMessageHead(const Message& message) {
  Bytes bytes;
  const auto* update = std::get_if<Update>(&message.body);
  bytes.reserve(kMessageOverheadBytes + (update == nullptr ? 0 : 8 * update->checksums.size()));
  WireWriter writer(bytes);
  writer.U32(kMark);
  writer.U8(static_cast<std::uint8_t>(message.body.index()));
  writer.U64(message.dataset.high);
  writer.U64(message.dataset.low);
  writer.U64(message.incarnation);
  writer.U32(message.epoch);
  std::visit(Encoder(writer), message.body);
  return bytes;
}

std::optional<Message> DecodeMessage(std::span<const std::uint8_t> bytes, std::uint32_t block_bytes) {
  if (bytes.size() > kMessageBytesMax) return std::nullopt;
  WireReader reader(bytes);
  if (reader.U32() != kMark) return std::nullopt;
  const std::uint8_t index = reader.U8();
  Message message;
  message.dataset.high = reader.U64();
  message.dataset.low = reader.U64();
  message.incarnation = reader.U64();
  message.epoch = reader.U32();
  Decoder decoder(reader, block_bytes);
  if (!TakeBody(index, decoder, message.body) || !reader.ended()) return std::nullopt;
  return message;
}

}  // namespace tarn::dataset
