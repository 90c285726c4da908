// A comparison as text for people, as JSON and as JUnit.
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "sw/wave/comparison.h"

namespace tarn::wave {

void PrintComparison(std::ostream& out, const Comparison& comparison);

nlohmann::ordered_json ComparisonToJson(const Comparison& comparison);

// A test case for each signal, and for what is found on whole ports.
std::string ComparisonToJUnit(const Comparison& comparison);

// "cycle 812, 8120 ns", of one side.
std::string MomentText(const Moment& moment, int time_exponent);

// The difference in one line, without its signal's name.
std::string DifferenceText(const Comparison& comparison, const Difference& difference);

}  // namespace tarn::wave
