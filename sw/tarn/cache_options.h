// The options that describe the cache between a program and the recorded memory, shared by commands.
#pragma once

#include <boost/program_options.hpp>
#include <optional>

#include "models/common/result.h"
#include "sw/trace/metadata.h"

namespace tarn::tool {

// Adds --cache-size, --cache-ways, --cache-line, --instructions, --flush.
void AddCacheOptions(boost::program_options::options_description& options);

// Nothing for --cache-size 0. Otherwise a cache that CacheFilter::Check accepts.
Result<std::optional<trace::CacheFilterConfig>> CacheFromOptions(const boost::program_options::variables_map& map);

}  // namespace tarn::tool
