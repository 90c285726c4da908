#include "sw/report/plot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

extern char** environ;  // POSIX declares it nowhere

namespace tarn::report {

namespace {

// A folder that goes with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tarn-plot-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// In single quotes, in which gnuplot runs no command between backticks; a line's end would end the string.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += static_cast<unsigned char>(c) < ' ' ? '?' : c;
  }
  return quoted + "'";
}

void WriteData(std::ostream& out, const Plot& plot) {
  std::vector<double> base;
  for (std::size_t i = 0; i < plot.curves.size(); ++i) {
    const Curve& curve = plot.curves[i];
    base.resize(curve.x.size());
    out << "$curve" << i << " << EOD\n";
    for (std::size_t point = 0; point < curve.x.size(); ++point) {
      const double low = plot.stacked ? base[point] : 0;
      out << curve.x[point] << " " << low << " " << low + curve.y[point] << "\n";
      base[point] = low + curve.y[point];
    }
    out << "EOD\n";
  }
}

void WriteScript(std::ostream& out, const Plot& plot, const std::string& target) {
  static constexpr const char* kColours[] = {"#2563eb", "#ea580c", "#16a34a", "#9333ea", "#dc2626", "#0891b2"};
  WriteData(out, plot);
  out << "set terminal svg size 860,360 font 'sans-serif,13' background '#ffffff'\n"
      << "set output " << Quoted(target) << "\n"
      << "set title " << Quoted(plot.title) << " noenhanced\nset xlabel " << Quoted(plot.x_label)
      << " noenhanced\nset ylabel " << Quoted(plot.y_label) << " noenhanced\n"
      << "set grid lc rgb '#e5e7eb'\nset border 3 lc rgb '#6b7280'\nset tics nomirror\nset key outside top "
         "center horizontal samplen 2 noenhanced\n"
      << "set yrange [0:" << (plot.y_is_percent ? "100" : "*") << "]\n"
      << (plot.x_logarithmic ? "set logscale x\n" : "set autoscale xfix\nset xrange [0:*]\n");
  out << "plot ";
  for (std::size_t i = 0; i < plot.curves.size(); ++i) {
    const std::string colour = kColours[i % std::size(kColours)];
    if (i != 0) out << ", ";
    out << "$curve" << i << (plot.stacked ? " using 1:2:3 with filledcurves" : " using 1:3 with lines lw 1.5")
        << " lc rgb '" << colour << "' title " << Quoted(plot.curves[i].title);
  }
  out << "\n";
}

// Runs gnuplot on a script; what it complains about goes to `log`.
Status RunGnuplot(const std::string& script, const std::string& log) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  std::string program = "gnuplot";
  std::string argument = script;
  char* words[] = {program.data(), argument.data(), nullptr};
  pid_t child = 0;
  const int error = posix_spawnp(&child, "gnuplot", &actions, nullptr, words, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return Status::Error("plots need gnuplot: install the package gnuplot-nox");
  int state = 0;
  waitpid(child, &state, 0);
  if (WIFEXITED(state) && WEXITSTATUS(state) == 0) return {};
  if (WIFEXITED(state) && WEXITSTATUS(state) == 127) {
    return Status::Error("plots need gnuplot: install the package gnuplot-nox");
  }
  return Status::Error("gnuplot could not draw the plot");
}

}  // namespace

Result<std::string> DrawSvg(const Plot& plot) {
  const TemporaryFolder folder;
  if (folder.path().empty()) return Status::Error("no temporary folder could be made for plots");
  const std::string script = (folder.path() / "plot.gp").string();
  const std::string target = (folder.path() / "plot.svg").string();
  {
    std::ofstream out(script);
    WriteScript(out, plot, target);
  }
  if (Status status = RunGnuplot(script, (folder.path() / "log").string()); !status.ok()) return status;
  std::ifstream in(target);
  std::stringstream text;
  text << in.rdbuf();
  std::string svg = text.str();
  // The XML declaration and the document type have no place inside HTML.
  const auto start = svg.find("<svg");
  if (start == std::string::npos) return Status::Error("gnuplot wrote no picture");
  return svg.substr(start);
}

}  // namespace tarn::report
