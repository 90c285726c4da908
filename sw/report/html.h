// What the HTML reports have in common.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "sw/report/plot.h"

namespace tarn::report {

// From the document's start to its style; a title and what follows come next, "</html>" at the end.
void WriteHead(std::ostream& out, const std::string& title);
// The plot, or why there is none.
void WritePlot(std::ostream& out, const Plot& plot);

std::string Escaped(const std::string& text);
// 1234567 -> 1 234 567, with thin spaces.
std::string Grouped(std::uint64_t value);
std::string Fixed(double value, int decimals);

}  // namespace tarn::report
