#include "sw/tarn/cache_options.h"

#include <optional>
#include <string>

#include "sw/tarn/command_line.h"
#include "sw/trace/cache_filter.h"

namespace tarn::tool {

namespace po = boost::program_options;

void AddCacheOptions(po::options_description& options) {
  options.add_options()                                                                                   //
      ("cache-size", po::value<std::string>()->default_value("256K"),                                     //
       "bytes of the cache that filters references; 0 for none: each reference is an access")             //
      ("cache-ways", po::value<std::string>()->default_value("8"), "ways of the cache, 1 to 64")          //
      ("cache-line", po::value<std::string>()->default_value("64"), "bytes of a cache line, 64 to 4096")  //
      ("instructions", po::bool_switch(), "instruction fetches go through the cache too")                 //
      ("flush", po::bool_switch(), "at the end, lines that are dirty in the cache are written");
}

Result<std::optional<trace::CacheFilterConfig>> CacheFromOptions(const po::variables_map& map) {
  const auto size = ParseSize("--cache-size", map["cache-size"].as<std::string>());
  if (!size.ok()) return size.status();
  const auto ways = ParseCount("--cache-ways", map["cache-ways"].as<std::string>(), 1, 64);
  if (!ways.ok()) return ways.status();
  const auto line = ParseCount("--cache-line", map["cache-line"].as<std::string>(), 64, 4096);
  if (!line.ok()) return line.status();
  if (*size == 0) return std::optional<trace::CacheFilterConfig>();
  const trace::CacheFilterConfig config = {.size_bytes = *size,
                                           .ways = static_cast<std::uint32_t>(*ways),
                                           .line_bytes = static_cast<std::uint32_t>(*line),
                                           .instructions = map["instructions"].as<bool>(),
                                           .flush = map["flush"].as<bool>()};
  if (Status status = trace::CacheFilter::Check(config); !status.ok()) return status;
  return std::optional(config);
}

}  // namespace tarn::tool
