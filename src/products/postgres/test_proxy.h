#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace snapshelf::postgres {

/// Stands between a store and its database, and cuts a connection at a chosen moment: when the
/// answer to a statement comes back, so that it was carried out and the asker is never told.
///
///   TestProxy proxy(server.port());
///   proxy.CutAtAnswerTo("COMMIT");
class TestProxy {
 public:
  explicit TestProxy(int server_port);
  ~TestProxy();
  TestProxy(const TestProxy&) = delete;
  TestProxy& operator=(const TestProxy&) = delete;

  [[nodiscard]] int port() const { return port_; }
  /// Once: connections made after that are left alone. Before any statement is under way.
  void CutAtAnswerTo(std::string statement);
  /// Takes no connections after a cut.
  void StayDownAfterCut() { stays_down_ = true; }
  [[nodiscard]] bool has_cut() const { return has_cut_; }

 private:
  void Accept();
  void Serve(int client);
  [[nodiscard]] bool Names(const char* bytes, long size) const;

  const int server_port_;
  int listener_ = -1;
  int port_ = 0;
  std::string statement_;
  std::atomic<bool> is_armed_ = false;
  std::atomic<bool> has_cut_ = false;
  std::atomic<bool> stays_down_ = false;
  std::atomic<bool> ends_ = false;
  std::jthread thread_;
};

}  // namespace snapshelf::postgres
