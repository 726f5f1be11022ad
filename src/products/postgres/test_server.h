#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "products/postgres/postgres_options.h"
#include "products/temp_folder.h"
#include "snapshelf/result.h"

namespace snapshelf::postgres {

/// A real PostgreSQL on a free port of the loopback, with its data in a folder of its own: started
/// once for all tests of a program, stopped at its end. As root it runs as the user postgres or
/// nobody, since PostgreSQL refuses root.
class TestServer {
 public:
  /// errors: why there is none on this machine.
  static Result<TestServer*> Get();
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  /// A new, empty database; gives its name.
  std::string CreateDatabase();
  void DropDatabase(const std::string& name);
  /// Options with short waits; `port` 0: the server's own.
  [[nodiscard]] PostgresOptions OptionsFor(const std::string& database, int port = 0) const;
  [[nodiscard]] int port() const { return port_; }
  static constexpr const char* kPassword = "secret-of-the-tests";

  /// Runs statements beside our code; gives the first value of the last one, or "".
  std::string Sql(const std::string& database, const std::string& sql) const;
  /// Sends `signal` to the processes that serve connections to `database`; how many there were.
  int SignalBackends(const std::string& database, int signal) const;

  /// While `is_full`, no table can grow.
  void SetDiskFull(bool is_full) const;

  /// On the program's main thread: the server ends with the thread that started it.
  void Start();
  /// Ends it at once, as a crash does.
  void Stop();

 private:
  TestServer() = default;
  Result<std::filesystem::path> FindPrograms();
  Status Initialise();
  [[nodiscard]] pid_t Spawn(const std::vector<std::string>& command) const;

  TempFolder folder_;
  std::filesystem::path programs_;
  uid_t user_ = 0;  ///< 0: the one that runs the tests
  gid_t group_ = 0;
  int port_ = 0;
  pid_t process_ = 0;
  int databases_ = 0;
};

}  // namespace snapshelf::postgres
