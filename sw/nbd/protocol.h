// The numbers of the NBD protocol, named as in its text (doc/proto.md of the NetworkBlockDevice project, "Values").
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tarn::nbd {

using Bytes = std::vector<std::uint8_t>;

inline constexpr std::uint64_t kInitPassword = 0x4e42444d41474943;  // "NBDMAGIC"
inline constexpr std::uint64_t kOptionMagic = 0x49484156454F5054;   // "IHAVEOPT"
inline constexpr std::uint64_t kOptionReplyMagic = 0x0003e889045565a9;
inline constexpr std::uint32_t kRequestMagic = 0x25609513;
inline constexpr std::uint32_t kSimpleReplyMagic = 0x67446698;
inline constexpr std::uint32_t kStructuredReplyMagic = 0x668e33ef;

inline constexpr std::size_t kClientFlagsBytes = 4;
inline constexpr std::size_t kOptionHeaderBytes = 16;
inline constexpr std::size_t kRequestHeaderBytes = 28;
inline constexpr std::size_t kStructuredHeaderBytes = 20;
inline constexpr std::size_t kStringBytesMax = 4096;
inline constexpr std::uint32_t kExtentsMax = 1
                                             << 20;  // "SHOULD NOT send more than 2^20 extents in a single reply chunk"

// NBD_FLAG_* and NBD_FLAG_C_* of the handshake; both sides use the same bits.
inline constexpr std::uint16_t kFixedNewstyle = 1 << 0;
inline constexpr std::uint16_t kNoZeroes = 1 << 1;

enum class Option : std::uint32_t {
  kExportName = 1,
  kAbort = 2,
  kList = 3,
  kStartTls = 5,
  kInfo = 6,
  kGo = 7,
  kStructuredReply = 8,
  kListMetaContext = 9,
  kSetMetaContext = 10,
};

enum class OptionReply : std::uint32_t {
  kAck = 1,
  kServer = 2,
  kInfo = 3,
  kMetaContext = 4,
  kErrUnsupported = 0x80000001,
  kErrPolicy = 0x80000002,
  kErrInvalid = 0x80000003,
  kErrTlsRequired = 0x80000005,
  kErrUnknown = 0x80000006,
  kErrShutdown = 0x80000007,
  kErrTooBig = 0x80000009,
};

enum class Info : std::uint16_t { kExport = 0, kName = 1, kDescription = 2, kBlockSize = 3 };

// NBD_FLAG_* of the transmission.
inline constexpr std::uint16_t kHasFlags = 1 << 0;
inline constexpr std::uint16_t kReadOnly = 1 << 1;
inline constexpr std::uint16_t kSendFlush = 1 << 2;
inline constexpr std::uint16_t kSendFua = 1 << 3;
inline constexpr std::uint16_t kSendTrim = 1 << 5;
inline constexpr std::uint16_t kSendWriteZeroes = 1 << 6;
inline constexpr std::uint16_t kSendDf = 1 << 7;
inline constexpr std::uint16_t kCanMultiConn = 1 << 8;
inline constexpr std::uint16_t kSendCache = 1 << 10;
inline constexpr std::uint16_t kSendFastZero = 1 << 11;

enum class Command : std::uint16_t {
  kRead = 0,
  kWrite = 1,
  kDisconnect = 2,
  kFlush = 3,
  kTrim = 4,
  kCache = 5,
  kWriteZeroes = 6,
  kBlockStatus = 7,
};

inline constexpr std::uint16_t kFlagFua = 1 << 0;
inline constexpr std::uint16_t kFlagNoHole = 1 << 1;
inline constexpr std::uint16_t kFlagDf = 1 << 2;
inline constexpr std::uint16_t kFlagReqOne = 1 << 3;
inline constexpr std::uint16_t kFlagFastZero = 1 << 4;

enum class ReplyType : std::uint16_t {
  kNone = 0,
  kOffsetData = 1,
  kOffsetHole = 2,
  kBlockStatus = 5,
  kError = 0x8001,
  kErrorOffset = 0x8002,
};
inline constexpr std::uint16_t kReplyDone = 1 << 0;

enum class Error : std::uint32_t {
  kNone = 0,
  kPermission = 1,
  kIo = 5,
  kNoMemory = 12,
  kInvalid = 22,
  kNoSpace = 28,
  kOverflow = 75,
  kNotSupported = 95,
  kShutdown = 108,
};

// Flags of an extent in the context base:allocation.
inline constexpr std::uint32_t kStateHole = 1 << 0;
inline constexpr std::uint32_t kStateZero = 1 << 1;

// All numbers are sent in network byte order.
template <typename T>
T Load(const std::uint8_t* bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(std::uint64_t{value} << 8 | bytes[i]);
  return value;
}
template <typename T>
void Append(Bytes& bytes, T value) {
  for (std::size_t i = sizeof(T); i-- > 0;) bytes.push_back(static_cast<std::uint8_t>(std::uint64_t{value} >> 8 * i));
}

}  // namespace tarn::nbd
