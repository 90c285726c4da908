// What commands say about a trace, for people and as JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "sw/trace/metadata.h"

namespace tarn::tool {

nlohmann::ordered_json SummaryToJson(const trace::Summary& summary);
nlohmann::ordered_json MetadataToJson(const trace::Metadata& metadata);

// "name:   value" lines.
void PrintSummary(std::ostream& out, const trace::Summary& summary, trace::GapUnit gap_unit);
void PrintMetadata(std::ostream& out, const trace::Metadata& metadata);

// Words as a shell would take them; control characters are shown as \xNN.
std::string QuotedCommand(const std::vector<std::string>& words);

// The JSON that is printed: bytes that are no UTF-8 are replaced.
std::string JsonText(const nlohmann::ordered_json& json);

}  // namespace tarn::tool
