#include "sw/nbd/handshake.h"

#include <algorithm>
#include <cassert>
#include <string_view>
#include <utility>

#include "models/common/text.h"

namespace tarn::nbd {

namespace {

constexpr const char* kAllocationName = "base:allocation";
constexpr std::size_t kExportNamePadBytes = 124;

// UTF-8 without NUL, as the protocol wants every string.
bool IsString(std::span<const std::uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text.size() <= kStringBytesMax && text.find('\0') == text.npos && IsUtf8(text);
}

// Reads an option's data; once something does not fit, all is `bad`.
class Fields {
 public:
  explicit Fields(std::span<const std::uint8_t> data) : data_(data) {}

  template <typename T>
  T Number() {
    if (!Has(sizeof(T))) return 0;
    const T value = Load<T>(data_.data());
    data_ = data_.subspan(sizeof(T));
    return value;
  }
  std::string String(std::size_t size) {
    if (!Has(size) || !IsString(data_.first(size))) {
      bad_ = true;
      return {};
    }
    std::string text(data_.begin(), data_.begin() + static_cast<std::ptrdiff_t>(size));
    data_ = data_.subspan(size);
    return text;
  }
  bool bad() const { return bad_; }
  std::size_t left() const { return data_.size(); }

 private:
  bool Has(std::size_t size) {
    bad_ |= data_.size() < size;
    return !bad_;
  }

  std::span<const std::uint8_t> data_;
  bool bad_ = false;
};

Bytes WithId(std::uint32_t id, const std::string& text) {
  Bytes data;
  Append(data, id);
  data.insert(data.end(), text.begin(), text.end());
  return data;
}

Bytes InfoOf(Info type, const std::string& text = {}) {
  Bytes data;
  Append(data, static_cast<std::uint16_t>(type));
  data.insert(data.end(), text.begin(), text.end());
  return data;
}

constexpr std::uint32_t Bit(Info type) { return 1U << static_cast<unsigned>(type); }

}  // namespace

Handshake::Handshake(ExportDirectory& directory, TlsMode tls, OutputQueue& output)
    : directory_(directory), tls_(tls), output_(output) {
  Bytes& out = output_.Tail();
  Append(out, kInitPassword);
  Append(out, kOptionMagic);
  Append(out, static_cast<std::uint16_t>(kFixedNewstyle | kNoZeroes));
  output_.Commit();
}

void Handshake::Take(InputBuffer& input) {
  while (phase_ == Phase::kTalking && TakeStep(input)) {
  }
}

void Handshake::TlsStarted() {
  assert(phase_ == Phase::kStartTls);
  phase_ = Phase::kTalking;
  tls_running_ = true;
  structured_replies_ = false;
  contexts_.reset();
}

bool Handshake::TakeStep(InputBuffer& input) {
  switch (step_) {
    case Step::kClientFlags:
      if (input.size() < kClientFlagsBytes) return false;
      TakeClientFlags(Load<std::uint32_t>(input.data()));
      input.Drop(kClientFlagsBytes);
      return true;
    case Step::kOptionHeader:
      if (input.size() < kOptionHeaderBytes) return false;
      TakeOptionHeader(input.data());
      input.Drop(kOptionHeaderBytes);
      return true;
    case Step::kOptionData:
      return TakeOptionData(input);
  }
  return false;
}

void Handshake::TakeClientFlags(std::uint32_t flags) {
  if ((flags & ~std::uint32_t{kFixedNewstyle | kNoZeroes}) != 0) return Break("unknown client flags");
  client_flags_ = flags;
  step_ = Step::kOptionHeader;
}

void Handshake::TakeOptionHeader(const std::uint8_t* header) {
  if (Load<std::uint64_t>(header) != kOptionMagic) return Break("an option without its magic number");
  if (++options_ > kOptionsMax) return Break("too many options");
  option_ = Load<std::uint32_t>(header + 8);
  option_bytes_ = Load<std::uint32_t>(header + 12);
  skipped_bytes_ = 0;
  step_ = Step::kOptionData;
}

bool Handshake::TakeOptionData(InputBuffer& input) {
  if (option_bytes_ <= kOptionBytesMax) {
    if (input.size() < option_bytes_) return false;
    step_ = Step::kOptionHeader;
    HandleOption(input.View(option_bytes_));
    input.Drop(option_bytes_);
    return true;
  }
  const auto skipped = static_cast<std::uint32_t>(std::min<std::size_t>(input.size(), option_bytes_ - skipped_bytes_));
  input.Drop(skipped);
  skipped_bytes_ += skipped;
  if (skipped_bytes_ < option_bytes_) return false;
  step_ = Step::kOptionHeader;
  if (is(Option::kExportName)) {
    Break("a name that is too long");  // there is no way to answer that
  } else if (!RefusedBefore()) {
    if (is(Option::kSetMetaContext)) contexts_.reset();
    Refuse(OptionReply::kErrTooBig, "the option is too long");
  }
  return true;
}

bool Handshake::RefusedBefore() {
  // Without fixed newstyle, a client knows no replies.
  if ((client_flags_ & kFixedNewstyle) == 0 && !is(Option::kExportName)) {
    Break("an option other than a name, without fixed newstyle");
    return true;
  }
  if (is(Option::kAbort)) return false;
  if (shutting_down_) {
    if (is(Option::kExportName)) {
      Break("shutting down");
    } else {
      Refuse(OptionReply::kErrShutdown, "the server is shutting down");
    }
    return true;
  }
  if (tls_ != TlsMode::kRequired || tls_running_ || is(Option::kStartTls)) return false;
  if (is(Option::kExportName)) {
    Break("a client without TLS");
  } else {
    Refuse(OptionReply::kErrTlsRequired, "this server wants TLS");
  }
  return true;
}

void Handshake::HandleOption(std::span<const std::uint8_t> data) {
  if (RefusedBefore()) return;
  switch (static_cast<Option>(option_)) {
    case Option::kExportName:
      return HandleExportName(data);
    case Option::kAbort:
      Reply(OptionReply::kAck);
      phase_ = Phase::kFinished;
      return;
    case Option::kList:
      return HandleList(data);
    case Option::kStartTls:
      return HandleStartTls(data);
    case Option::kInfo:
    case Option::kGo:
      return HandleInfoOrGo(data);
    case Option::kStructuredReply:
      return HandleStructuredReply(data);
    case Option::kListMetaContext:
    case Option::kSetMetaContext:
      return HandleMetaContext(data);
  }
  Refuse(OptionReply::kErrUnsupported, "unknown option");
}

void Handshake::HandleExportName(std::span<const std::uint8_t> data) {
  Fields fields(data);
  const std::string name = fields.String(data.size());
  std::shared_ptr<Export> target = fields.bad() ? nullptr : directory_.Find(name);
  if (target == nullptr) return Break("there is no export '" + name + "'");
  const ExportInfo& info = target->info();
  Bytes& out = output_.Tail();
  Append(out, info.size_bytes);
  Append(out, TransmissionFlags(info));
  if ((client_flags_ & kNoZeroes) == 0) out.resize(out.size() + kExportNamePadBytes);
  output_.Commit();
  Enter(name, std::move(target));
}

void Handshake::HandleList(std::span<const std::uint8_t> data) {
  if (!data.empty()) return Refuse(OptionReply::kErrInvalid, "this option has no data");
  for (const ExportDirectory::Entry& entry : directory_.List()) {
    Bytes reply = WithId(static_cast<std::uint32_t>(entry.name.size()), entry.name);
    reply.insert(reply.end(), entry.description.begin(), entry.description.end());
    Reply(OptionReply::kServer, reply);
  }
  Reply(OptionReply::kAck);
}

void Handshake::HandleStartTls(std::span<const std::uint8_t> data) {
  if (!data.empty()) return Refuse(OptionReply::kErrInvalid, "this option has no data");
  if (tls_ == TlsMode::kOff) return Refuse(OptionReply::kErrPolicy, "this server has no TLS");
  if (tls_running_) return Refuse(OptionReply::kErrInvalid, "TLS runs already");
  Reply(OptionReply::kAck);
  phase_ = Phase::kStartTls;
}

void Handshake::HandleInfoOrGo(std::span<const std::uint8_t> data) {
  Fields fields(data);
  const std::string name = fields.String(fields.Number<std::uint32_t>());
  const std::size_t count = fields.Number<std::uint16_t>();
  std::uint32_t wanted = 0;
  bool twice = false;
  for (std::size_t i = 0; i < count && !fields.bad(); ++i) {
    const auto type = fields.Number<std::uint16_t>();
    if (type > static_cast<std::uint16_t>(Info::kBlockSize)) continue;  // "MUST ignore any … it does not understand"
    twice |= (wanted >> type & 1) != 0;
    wanted |= 1U << type;
  }
  if (fields.bad() || fields.left() != 0) return Refuse(OptionReply::kErrInvalid, "its data does not fit together");
  if (twice) return Refuse(OptionReply::kErrInvalid, "the same information is asked for twice");
  std::shared_ptr<Export> target = directory_.Find(name);
  if (target == nullptr) return Refuse(OptionReply::kErrUnknown, "there is no such export");
  SendInfo(name, target->info(), wanted);
  Reply(OptionReply::kAck);
  if (is(Option::kGo)) Enter(name, std::move(target));
}

void Handshake::SendInfo(const std::string& name, const ExportInfo& info, std::uint32_t wanted) {
  Bytes size = InfoOf(Info::kExport);
  Append(size, info.size_bytes);
  Append(size, TransmissionFlags(info));
  Reply(OptionReply::kInfo, size);
  if ((wanted & Bit(Info::kName)) != 0) Reply(OptionReply::kInfo, InfoOf(Info::kName, name));
  if ((wanted & Bit(Info::kDescription)) != 0 && !info.description.empty()) {
    Reply(OptionReply::kInfo, InfoOf(Info::kDescription, info.description));
  }
  if ((wanted & Bit(Info::kBlockSize)) == 0) return;
  Bytes sizes = InfoOf(Info::kBlockSize);
  Append(sizes, info.block_sizes.minimum);
  Append(sizes, info.block_sizes.preferred);
  Append(sizes, info.block_sizes.payload_max);
  Reply(OptionReply::kInfo, sizes);
}

void Handshake::HandleStructuredReply(std::span<const std::uint8_t> data) {
  if (!data.empty()) return Refuse(OptionReply::kErrInvalid, "this option has no data");
  structured_replies_ = true;
  Reply(OptionReply::kAck);
}

void Handshake::HandleMetaContext(std::span<const std::uint8_t> data) {
  const bool set = is(Option::kSetMetaContext);
  if (set) contexts_.reset();  // "replaces all previously-set metadata contexts (including when this command fails)"
  if (!structured_replies_) return Refuse(OptionReply::kErrInvalid, "metadata contexts need structured replies");
  Fields fields(data);
  const std::string name = fields.String(fields.Number<std::uint32_t>());
  const auto count = fields.Number<std::uint32_t>();
  bool allocation = count == 0 && !set;
  bool nameless = false;
  for (std::uint32_t i = 0; i < count && !fields.bad(); ++i) {
    const std::string query = fields.String(fields.Number<std::uint32_t>());
    allocation |= query == kAllocationName || (query == "base:" && !set);
    nameless |= query.find(':') == std::string::npos || query.starts_with(':');
  }
  if (fields.bad() || fields.left() != 0) return Refuse(OptionReply::kErrInvalid, "its data does not fit together");
  if (nameless) return Refuse(OptionReply::kErrInvalid, "a query without namespace and colon");
  if (directory_.Find(name) == nullptr) return Refuse(OptionReply::kErrUnknown, "there is no such export");
  if (allocation) Reply(OptionReply::kMetaContext, WithId(set ? kAllocationContext : 0, kAllocationName));
  Reply(OptionReply::kAck);
  if (set) contexts_ = {.export_name = name, .allocation = allocation};
}

std::uint16_t Handshake::TransmissionFlags(const ExportInfo& info) const {
  std::uint16_t flags = kHasFlags | kSendFlush | kSendFua | kSendCache;
  if (info.read_only) {
    flags |= kReadOnly;
  } else {
    flags |= kSendTrim | kSendWriteZeroes;
    if (info.fast_zero) flags |= kSendFastZero;
  }
  if (info.multi_conn) flags |= kCanMultiConn;
  if (structured_replies_) flags |= kSendDf;
  return flags;
}

void Handshake::Enter(const std::string& name, std::shared_ptr<Export> target) {
  // Contexts count for the export they were selected on.
  chosen_ = {.target = std::move(target),
             .structured_replies = structured_replies_,
             .block_status = contexts_.has_value() && contexts_->allocation && contexts_->export_name == name};
  phase_ = Phase::kTransmission;
}

void Handshake::Reply(OptionReply type, std::span<const std::uint8_t> data) {
  Bytes& out = output_.Tail();
  Append(out, kOptionReplyMagic);
  Append(out, option_);
  Append(out, static_cast<std::uint32_t>(type));
  Append(out, static_cast<std::uint32_t>(data.size()));
  out.insert(out.end(), data.begin(), data.end());
  output_.Commit();
}

void Handshake::Refuse(OptionReply type, const std::string& message) {
  Reply(type, {reinterpret_cast<const std::uint8_t*>(message.data()), message.size()});
}

void Handshake::Break(std::string why) {
  why_ = std::move(why);
  phase_ = Phase::kBroken;
}

}  // namespace tarn::nbd
