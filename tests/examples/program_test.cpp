/// The example programs as a user starts them: what they print, and the status with which they end.
#define CAF_SUITE server_program
#include <caf/test/unit_test.hpp>

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

/// A folder that is gone when the test is.
class scratch {
public:
  scratch() : dir_{fs::temp_directory_path() / ("kommander-programs-" + std::to_string(getpid()))} {
    fs::remove_all(dir_);
    fs::create_directories(dir_);
  }

  ~scratch() {
    std::error_code ignored;
    fs::remove_all(dir_, ignored);
  }

  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const {
    return (dir_ / name).string();
  }

private:
  fs::path dir_;
};

/// A program that runs, with its output (both channels) to be read line by line. It ends with its object.
class program {
public:
  explicit program(std::vector<std::string> words) {
    words.front() = PROGRAMS "/" + words.front();
    int ends[2] = {-1, -1};
    CAF_REQUIRE_EQUAL(pipe(ends), 0);
    pid_ = fork();
    CAF_REQUIRE_NOT_EQUAL(pid_, -1);
    if (pid_ == 0)
      become(words, ends[0], ends[1]);
    close(ends[1]);
    output_.reset(fdopen(ends[0], "r"));
  }

  ~program() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
  }

  program(const program&) = delete;
  program& operator=(const program&) = delete;

  void send(int signal) const {
    kill(pid_, signal);
  }

  /// Reads until a line contains `part`. The test's own limit bounds the wait.
  void read_until(const std::string& part) {
    while (next_line())
      if (line_.find(part) != std::string::npos)
        return;
    CAF_FAIL("the program ended without saying " << part);
  }

  /// Everything that is still to be read, up to the program's end.
  std::string rest() {
    std::string result;
    while (next_line())
      result += line_;
    return result;
  }

  /// The exit status, or minus the signal that ended the program.
  int wait() {
    int status = 0;
    CAF_REQUIRE_EQUAL(waitpid(pid_, &status, 0), pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

private:
  [[noreturn]] static void become(const std::vector<std::string>& words, int in, int out) {
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    close(in);
    close(out);
    std::vector<char*> argv;
    for (const auto& x : words)
      argv.push_back(const_cast<char*>(x.c_str()));
    argv.push_back(nullptr);
    execv(argv.front(), argv.data());
    _exit(127);
  }

  bool next_line() {
    char* buffer = nullptr;
    std::size_t size = 0;
    auto length = getline(&buffer, &size, output_.get());
    if (length > 0) {
      line_.assign(buffer, static_cast<std::size_t>(length));
      CAF_MESSAGE(line_);
    }
    std::free(buffer);
    return length > 0;
  }

  struct closer {
    void operator()(FILE* x) const noexcept {
      fclose(x);
    }
  };

  pid_t pid_ = -1;
  std::unique_ptr<FILE, closer> output_;
  std::string line_;
};

std::size_t lines_in(const std::string& path) {
  std::ifstream in{path};
  std::size_t count = 0;
  for (std::string line; std::getline(in, line);)
    ++count;
  return count;
}

/// A port that nobody listens on now.
int free_port() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto socket = ::socket(AF_INET, SOCK_STREAM, 0);
  CAF_REQUIRE_EQUAL(bind(socket, reinterpret_cast<sockaddr*>(&address), size), 0);
  CAF_REQUIRE_EQUAL(getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(socket);
  return ntohs(address.sin_port);
}

} // namespace

CAF_TEST(hello prints what each of three nodes has) {
  program hello{{"hello"}};
  auto output = hello.rest();
  CAF_CHECK_EQUAL(hello.wait(), 0);
  std::size_t count = 0;
  for (auto at = output.find("Said: world!"); at != std::string::npos; at = output.find("Said: world!", at + 1))
    ++count;
  CAF_CHECK_EQUAL(count, 3u);
}

CAF_TEST(kv splits and merges partitions under its clients and loses nothing) {
  program kv{{"kv"}};
  auto output = kv.rest();
  CAF_CHECK_EQUAL(kv.wait(), 0);
  for (const auto* part : {"split partition 1 into 1 and 2: success", "split partition 2 into 2 and 3: success",
                           "merge partition 2 into 1: success", " counted, 0 not;", "; 0 of 600 counters wrong"})
    CAF_CHECK_NOT_EQUAL(output.find(part), std::string::npos);
}

CAF_TEST(a server with a bad value says which and ends with status 2) {
  program server{{"kommander-server", "--wal-adapter", "memory", "--cluster-id", ""}};
  CAF_CHECK_NOT_EQUAL(server.rest().find("cluster_id"), std::string::npos);
  CAF_CHECK_EQUAL(server.wait(), 2);
}

CAF_TEST(a server whose log cannot be made says where and ends with status 1) {
  program server{{"kommander-server", "--wal-path", "/proc/no/such/place"}};
  CAF_CHECK_NOT_EQUAL(server.rest().find("/proc/no/such/place"), std::string::npos);
  CAF_CHECK_EQUAL(server.wait(), 1);
}

CAF_TEST(a server takes lines from a client and stops cleanly when it is asked to) {
  scratch dir;
  auto port = std::to_string(free_port());
  program server{{"kommander-server", "--raft-nodename", "n1", "--client-port", port, "--wal-path", dir.path("log"),
                  "--apply-log", dir.path("applied"), "--digest-file", dir.path("digest"), "--heartbeat-interval", "50",
                  "--check-leader-interval", "25", "--start-election-timeout", "100", "--end-election-timeout", "200"}};
  server.read_until("n1 is up");
  std::ofstream{dir.path("input")} << "one\ntwo\nthree\n";
  program client{{"replicate", "--nodes", "n1@127.0.0.1:" + port, "--acks", dir.path("acks"), dir.path("input")}};
  CAF_CHECK_NOT_EQUAL(client.rest().find("replicated 3 lines"), std::string::npos);
  CAF_CHECK_EQUAL(client.wait(), 0);
  CAF_CHECK_EQUAL(lines_in(dir.path("acks")), 3u);
  CAF_CHECK_EQUAL(lines_in(dir.path("applied/partition-1.log")), 3u);
  server.send(SIGTERM);
  CAF_CHECK_NOT_EQUAL(server.rest().find("n1 has stopped"), std::string::npos);
  CAF_CHECK_EQUAL(server.wait(), 0);
  CAF_CHECK_EQUAL(lines_in(dir.path("digest")), 1u);
}

CAF_TEST(a client that is given no node says how one looks) {
  program client{{"replicate", "--nodes", "somewhere", "-"}};
  CAF_CHECK_NOT_EQUAL(client.rest().find("\"somewhere\" must look like name@host:port"), std::string::npos);
  CAF_CHECK_NOT_EQUAL(client.wait(), 0);
}
