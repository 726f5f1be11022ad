#include "products/postgres/test_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "base/check.h"

namespace snapshelf::postgres {
namespace {

namespace fs = std::filesystem;

constexpr int kOldestVersion = 15;
constexpr std::chrono::seconds kStartWait{60};
constexpr const char* kUser = "shop";
constexpr const char* kFullDiskLibrary = "full_disk.so";

int FreePort() {
  const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  SNAPSHELF_CHECK(bind(socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  socklen_t size = sizeof address;
  SNAPSHELF_CHECK(getsockname(socket_fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(socket_fd);
  return ntohs(address.sin_port);
}

std::string ReadText(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

Result<TestServer*> TestServer::Get() {
  static std::unique_ptr<TestServer> server;
  static Status started = [] {
    server.reset(new TestServer());
    return server->Initialise();
  }();
  if (!started) return std::unexpected(started.error());
  return server.get();
}

Result<fs::path> TestServer::FindPrograms() {
  int newest = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    const std::string name = entry.path().filename().string();
    int version = 0;
    std::from_chars(name.data(), name.data() + name.size(), version);
    if (fs::exists(entry.path() / "bin" / "initdb")) newest = std::max(newest, version);
  }
  if (newest < kOldestVersion)
    return Fail(Code::kNotFound,
                "there is no PostgreSQL below /usr/lib/postgresql (Debian's package postgresql)");
  return fs::path("/usr/lib/postgresql") / std::to_string(newest) / "bin";
}

Status TestServer::Initialise() {
  auto programs = FindPrograms();
  if (!programs) return std::unexpected(std::move(programs).error());
  programs_ = std::move(*programs);
  if (geteuid() == 0) {
    const passwd* user = getpwnam("postgres");
    if (user == nullptr) user = getpwnam("nobody");
    if (user == nullptr) return Fail(Code::kNotFound, "there is no user postgres or nobody");
    user_ = user->pw_uid;
    group_ = user->pw_gid;
    SNAPSHELF_CHECK(chown(folder_.path().c_str(), user_, group_) == 0);
  }
  const fs::path password = folder_.path() / "password";
  std::ofstream(password) << kPassword << '\n';
  const pid_t initdb =
      Spawn({(programs_ / "initdb").string(), "-D", (folder_.path() / "data").string(), "-N",
             "--auth=scram-sha-256", "--pwfile=" + password.string(), "-U", kUser, "-E", "UTF8",
             "--no-locale"});
  int status = 0;
  waitpid(initdb, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return Fail(Code::kInternal, "initdb: " + ReadText(folder_.path() / "output"));
  // Where the server's user can read it.
  fs::copy_file(SNAPSHELF_FULL_DISK, folder_.path() / kFullDiskLibrary);
  port_ = FreePort();
  Start();
  return {};
}

/// Runs a command as the server's user; it ends with this program, however that ends.
pid_t TestServer::Spawn(const std::vector<std::string>& command) const {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const std::string output = (folder_.path() / "output").string();
  const pid_t child = fork();
  SNAPSHELF_CHECK(child >= 0);
  if (child > 0) return child;
  if (user_ != 0 && (setgroups(1, &group_) != 0 || setgid(group_) != 0 || setuid(user_) != 0))
    _exit(1);
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  const int log = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  if (chdir(folder_.path().c_str()) == 0) execv(arguments[0], arguments.data());
  _exit(1);
}

void TestServer::Start() {
  SNAPSHELF_CHECK(process_ == 0);
  // A crash of the machine is not what is tested, so nothing waits for the disk.
  process_ = Spawn({"/usr/bin/env", "LD_PRELOAD=" + (folder_.path() / kFullDiskLibrary).string(),
                    (programs_ / "postgres").string(), "-D", (folder_.path() / "data").string(),
                    "-p", std::to_string(port_), "-c", "listen_addresses=127.0.0.1", "-c",
                    "unix_socket_directories=", "-c", "fsync=off", "-c", "shared_buffers=16MB",
                    "-c", "max_connections=60"});
  const std::string url = OptionsFor("postgres").url;
  const auto end = std::chrono::steady_clock::now() + kStartWait;
  while (PQping(url.c_str()) != PQPING_OK) {
    SNAPSHELF_CHECK(std::chrono::steady_clock::now() < end);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void TestServer::Stop() {
  SNAPSHELF_CHECK(process_ != 0);
  kill(process_, SIGQUIT);
  waitpid(process_, nullptr, 0);
  process_ = 0;
}

TestServer::~TestServer() {
  if (process_ != 0) Stop();
}

PostgresOptions TestServer::OptionsFor(const std::string& database, int port) const {
  return {.url = fmt::format("postgresql://{}:{}@127.0.0.1:{}/{}", kUser, kPassword,
                             port == 0 ? port_ : port, database),
          .statement_timeout_ms = 20'000,
          .recover_wait_ms = 20'000};
}

std::string TestServer::Sql(const std::string& database, const std::string& sql) const {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
      PQconnectdb(OptionsFor(database).url.c_str()), PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()),
                                                             PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    std::fprintf(stderr, "%s: %s\n", sql.c_str(), PQerrorMessage(connection.get()));
  SNAPSHELF_CHECK(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

void TestServer::SetDiskFull(bool is_full) const {
  const fs::path flag = folder_.path() / "disk_is_full";
  if (is_full)
    std::ofstream(flag) << "\n";
  else
    fs::remove(flag);
}

std::string TestServer::CreateDatabase() {
  const std::string name = fmt::format("shop_{}", ++databases_);
  Sql("postgres", "CREATE DATABASE " + name);
  return name;
}

void TestServer::DropDatabase(const std::string& name) {
  Sql("postgres", fmt::format("DROP DATABASE {} WITH (FORCE)", name));
}

int TestServer::SignalBackends(const std::string& database, int signal) const {
  std::istringstream processes(
      Sql("postgres", fmt::format("SELECT string_agg(pid::text, ' ') FROM pg_stat_activity"
                                  " WHERE datname = '{}' AND backend_type = 'client backend'",
                                  database)));
  int count = 0;
  for (pid_t process = 0; processes >> process; ++count) kill(process, signal);
  return count;
}

}  // namespace snapshelf::postgres
