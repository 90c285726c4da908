#include "sw/store/etcd_record.h"

#include <openssl/evp.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace tarn::store {

namespace {

using Json = nlohmann::json;

std::string Hexadecimal(const dataset::Bytes& bytes) {
  static constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}
std::optional<dataset::Bytes> FromHexadecimal(const std::string& text) {
  if (text.size() % 2 != 0) return std::nullopt;
  dataset::Bytes bytes;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    std::uint8_t byte = 0;
    const auto parsed = std::from_chars(text.data() + at, text.data() + at + 2, byte, 16);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + at + 2) return std::nullopt;
    bytes.push_back(byte);
  }
  return bytes;
}

// The gateway's JSON has bytes as base64.
std::string Base64(const std::string& text) {
  std::string encoded(4 * ((text.size() + 2) / 3) + 1, '\0');  // the library writes a zero at the end
  ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                    reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  encoded.pop_back();
  return encoded;
}
std::optional<std::string> FromBase64(const std::string& text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string decoded(text.size() / 4 * 3, '\0');
  const int size =
      ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  decoded.resize(static_cast<std::size_t>(size) - padding);
  return decoded;
}

// 64-bit numbers are strings there. Nothing where the field is no such number.
std::optional<std::uint64_t> NumberIn(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  const auto& text = found->get_ref<const std::string&>();
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}
std::optional<std::string> BytesIn(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return FromBase64(found->get_ref<const std::string&>());
}

// An answer of etcd: an object with a header, in which a revision stands.
Result<Json> Parse(const std::string& body) {
  const Status none = Status::Error("etcd's answer makes no sense");
  if (body.size() > kEtcdAnswerBytesMax) return none;
  Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return none;
  const auto header = json.find("header");
  if (header == json.end() || !header->is_object() || !NumberIn(*header, "revision")) return none;
  return json;
}

// Of the answer to a range; a key that is not there is left out, as is a count of none.
Result<EtcdHeld> HeldIn(const dataset::DatasetId& dataset, const Json& range) {
  const Status none = Status::Error("etcd's answer makes no sense");
  const auto pairs = range.find("kvs");
  if (pairs == range.end()) return range.contains("count") ? Result<EtcdHeld>(none) : EtcdHeld{};
  if (!pairs->is_array() || pairs->size() != 1 || !(*pairs)[0].is_object()) return none;
  const Json& pair = (*pairs)[0];
  const auto revision = NumberIn(pair, "mod_revision");
  const auto value = BytesIn(pair, "value");
  if (!revision || *revision == 0 || !value || BytesIn(pair, "key") != EtcdKey(dataset)) return none;
  const auto bytes = FromHexadecimal(*value);
  const auto record = bytes ? dataset::DecodeMembership(*bytes) : std::nullopt;
  if (!record) return Status::Error("what etcd holds as " + EtcdKey(dataset) + " is no record of a dataset");
  return EtcdHeld{.revision = *revision, .record = *record};
}

}  // namespace

std::string EtcdKey(const dataset::DatasetId& dataset) {
  dataset::Bytes number;
  for (const std::uint64_t half : {dataset.high, dataset.low}) {
    for (int shift = 56; shift >= 0; shift -= 8) number.push_back(static_cast<std::uint8_t>(half >> shift));
  }
  return "tarn/store/" + Hexadecimal(number);
}

std::string EtcdRangeBody(const dataset::DatasetId& dataset) {
  return Json({{"key", Base64(EtcdKey(dataset))}, {"serializable", false}}).dump();
}

std::string EtcdSwapBody(const dataset::DatasetId& dataset, std::uint64_t revision,
                         const dataset::MembershipRecord& next) {
  const std::string key = Base64(EtcdKey(dataset));
  const std::string value = Base64(Hexadecimal(EncodeMembership(next)));
  const Json compare = {
      {"key", key}, {"target", "MOD"}, {"result", "EQUAL"}, {"mod_revision", std::to_string(revision)}};
  const Json put = {{"requestPut", {{"key", key}, {"value", value}}}};
  const Json range = {{"requestRange", {{"key", key}}}};
  return Json({{"compare", Json::array({compare})}, {"success", Json::array({put})}, {"failure", Json::array({range})}})
      .dump();
}

Result<EtcdHeld> DecodeEtcdRange(const dataset::DatasetId& dataset, const std::string& body) {
  const Result<Json> json = Parse(body);
  return json.ok() ? HeldIn(dataset, *json) : json.status();
}

Result<EtcdSwap> DecodeEtcdSwap(const dataset::DatasetId& dataset, const std::string& body) {
  const Status none = Status::Error("etcd's answer makes no sense");
  const Result<Json> json = Parse(body);
  if (!json.ok()) return json.status();
  // What is false is left out.
  const auto succeeded = json->find("succeeded");
  const bool swapped = succeeded != json->end();
  if (swapped && (!succeeded->is_boolean() || !succeeded->get<bool>())) return none;
  const auto responses = json->find("responses");
  if (responses == json->end() || !responses->is_array() || responses->size() != 1) return none;
  const Json& response = (*responses)[0];
  const char* const name = swapped ? "response_put" : "response_range";
  if (!response.is_object() || !response.contains(name) || !response[name].is_object()) return none;
  if (swapped) return EtcdSwap{.swapped = true};
  Result<EtcdHeld> held = HeldIn(dataset, response[name]);
  if (!held.ok()) return held.status();
  return EtcdSwap{.held = *held};
}

}  // namespace tarn::store
