/// An application elsewhere finds the installed library with find_package, builds, and runs a node. The application and
/// its CMakeLists.txt are those that README.md shows, so what it tells is true.
#define CAF_SUITE install
#include <caf/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace fs = std::filesystem;

namespace {

std::string content_of(const fs::path& path) {
  std::ifstream in{path};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// The first block of README.md in `language`.
std::string readme_block(const std::string& language) {
  auto text = content_of(fs::path{KOMMANDER_SOURCE_DIR} / "README.md");
  auto open = "\n```" + language + "\n";
  auto first = text.find(open);
  CAF_REQUIRE_NOT_EQUAL(first, std::string::npos);
  first += open.size();
  return text.substr(first, text.find("\n```\n", first) - first + 1);
}

/// A fresh folder for one kind of library, and what happens in it.
class elsewhere {
public:
  explicit elsewhere(const std::string& kind) : dir_{fs::path{SCRATCH_DIR} / kind} {
    fs::remove_all(dir_);
    fs::create_directories(dir_ / "source");
    fs::create_directories(dir_ / "run");
    std::ofstream{dir_ / "source" / "main.cpp"} << readme_block("cpp");
    std::ofstream{dir_ / "source" / "CMakeLists.txt"} << readme_block("cmake");
  }

  /// Runs `command` in the folder's `run` and returns its output. It must succeed.
  std::string run(const std::string& command) {
    auto log = dir_ / "output.txt";
    auto status = std::system(("cd '" + path("run") + "' && " + command + " >'" + log.string() + "' 2>&1").c_str());
    auto output = content_of(log);
    CAF_MESSAGE(command << "\n" << output);
    CAF_REQUIRE_EQUAL(status, 0);
    return output;
  }

  void install(const std::string& options) {
    run(CMAKE_PROGRAM " --install '" BUILT_TREE "' --prefix '" + path("prefix") + "' " + options);
  }

  void build() {
    run(CMAKE_PROGRAM " -G Ninja -S '" + path("source") + "' -B '" + path("build")
        + "' -DCMAKE_CXX_COMPILER='" CXX_COMPILER "' -DCMAKE_PREFIX_PATH='" + path("prefix") + "'");
    run(CMAKE_PROGRAM " --build '" + path("build") + "'");
  }

  [[nodiscard]] std::string path(const std::string& part) const {
    return (dir_ / part).string();
  }

private:
  fs::path dir_;
};

void check_application(elsewhere& there) {
  there.build();
  auto output = there.run("'" + there.path("build/orders") + "'");
  CAF_CHECK(output.find("committed at index ") != std::string::npos);
  CAF_CHECK(output.find("OrderCreated: 42 apples") != std::string::npos);
  // A second start finds what the first one wrote.
  output = there.run("'" + there.path("build/orders") + "'");
  auto first = output.find("OrderCreated: 42 apples");
  CAF_REQUIRE_NOT_EQUAL(first, std::string::npos);
  CAF_CHECK(output.find("OrderCreated: 42 apples", first + 1) != std::string::npos);
}

} // namespace

CAF_TEST(the application of the readme builds against the installed library and runs) {
  elsewhere there{"default"};
  there.install("");
  CAF_CHECK(fs::exists(there.path("prefix/include/kommander/kommander.hpp")));
  check_application(there);
}

CAF_TEST(the same application builds against the shared library and runs) {
  elsewhere there{"shared"};
  there.install("--component shared");
  check_application(there);
}
