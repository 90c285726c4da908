// Plots as SVG, drawn by gnuplot.
#pragma once

#include <string>
#include <vector>

#include "models/common/result.h"

namespace tarn::report {

struct Curve {
  std::string title;
  std::vector<double> x;
  std::vector<double> y;
};

struct Plot {
  std::string title;
  std::string x_label;
  std::string y_label;
  bool x_logarithmic = false;
  bool stacked = false;       // curves share their x and are filled one on top of the other
  bool y_is_percent = false;  // of a whole: the axis goes to 100
  std::vector<Curve> curves;
};

// The plot as an <svg> element. Errors: gnuplot is not installed, or does not like the plot.
Result<std::string> DrawSvg(const Plot& plot);

}  // namespace tarn::report
