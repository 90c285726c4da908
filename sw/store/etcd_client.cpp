#include "sw/store/etcd_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "sw/store/etcd_record.h"

namespace tarn::store {

namespace {

using Clock = net::EventLoop::Clock;

constexpr long kAnswerMilliseconds = 2000;
constexpr std::chrono::seconds kProbeEvery(1);
constexpr std::chrono::seconds kReachedFor(3);  // after its last answer

class EtcdClient : public MediatorClient {
 public:
  EtcdClient(net::EventLoop& loop, std::vector<net::Address> endpoints, std::string certificates,
             const dataset::DatasetId& dataset, Answered answered, std::function<void(const std::string&)> log)
      : loop_(loop),
        endpoints_(std::move(endpoints)),
        certificates_(std::move(certificates)),
        dataset_(dataset),
        answered_(std::move(answered)),
        log_(std::move(log)),
        multi_(::curl_multi_init()) {
    ::curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &EtcdClient::OnSocketChange);
    ::curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    ::curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &EtcdClient::OnTimerChange);
    ::curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    Probe();
  }
  EtcdClient(const EtcdClient&) = delete;
  EtcdClient& operator=(const EtcdClient&) = delete;
  ~EtcdClient() override {
    while (!under_way_.empty()) End(under_way_.begin());
    ::curl_multi_cleanup(multi_);
    loop_.Cancel(timer_);
    loop_.Cancel(probe_timer_);
  }

  void Ask(const dataset::AskMediator& question) override { Begin(question); }
  bool connected() const override { return reached_ && Clock::now() - *reached_ < kReachedFor; }

 private:
  // A question, and the request that is under way for it: a read, then perhaps a swap.
  struct Exchange {
    std::optional<dataset::AskMediator> question;  // none: a probe
    bool swaps = false;
    std::size_t endpoint = 0;
    curl_slist* connect_to = nullptr;
    std::string body;
    bool too_long = false;
  };
  // What curl wants to know of a socket.
  struct Watched : net::EventLoop::Handler {
    Watched(EtcdClient& owner, curl_socket_t socket) : client(owner), descriptor(socket) {}
    void OnReady(std::uint32_t events) override {
      const int mask = ((events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                       ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                       ((events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
      client.Go(descriptor, mask);  // may be this one's end
    }
    EtcdClient& client;
    curl_socket_t descriptor;
  };
  using Exchanges = std::map<CURL*, Exchange>;

  // Whether anyone is there, for those who want to know: a member that serves asks nothing.
  void Probe() {
    if (under_way_.empty()) Begin(std::nullopt);
    probe_timer_ = loop_.After(kProbeEvery, [this] { Probe(); });
  }

  void Begin(const std::optional<dataset::AskMediator>& question) {
    // While one endpoint keeps us waiting, the next question goes to the next. No more than one more than there are: an
    // etcd that is slow would be slower still with many connections at once. A member asks again anyway.
    if (under_way_.size() > endpoints_.size()) return;
    const std::size_t endpoint = (current_ + under_way_.size()) % endpoints_.size();
    CURL* const easy = ::curl_easy_init();
    if (easy == nullptr) return;
    Exchange& exchange = under_way_[easy];
    exchange.question = question;
    exchange.endpoint = endpoint;
    SetUp(easy, exchange);
    Send(easy, kEtcdRangePath, EtcdRangeBody(dataset_));
  }

  void SetUp(CURL* easy, Exchange& exchange) {
    ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(easy, CURLOPT_PROXY, "");  // whatever the environment says
    ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    ::curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    ::curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, kAnswerMilliseconds);
    ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &EtcdClient::OnBytes);
    ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
    if (certificates_.empty()) return;
    ::curl_easy_setopt(easy, CURLOPT_CAINFO, (certificates_ + "/ca-cert.pem").c_str());
    ::curl_easy_setopt(easy, CURLOPT_SSLCERT, (certificates_ + "/client-cert.pem").c_str());
    ::curl_easy_setopt(easy, CURLOPT_SSLKEY, (certificates_ + "/client-key.pem").c_str());
    // The name is the one that the certificate must have; where it is, is the address that was given.
    exchange.connect_to = ::curl_slist_append(nullptr, ("::" + endpoints_[exchange.endpoint].Text()).c_str());
    ::curl_easy_setopt(easy, CURLOPT_CONNECT_TO, exchange.connect_to);
  }

  void Send(CURL* easy, const char* path, const std::string& body) {
    const net::Address& address = endpoints_[under_way_.at(easy).endpoint];
    const std::string place =
        certificates_.empty() ? "http://" + address.Text() : "https://mediator:" + std::to_string(address.port);
    ::curl_easy_setopt(easy, CURLOPT_URL, (place + path).c_str());
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    ::curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body.c_str());
    ::curl_multi_add_handle(multi_, easy);
  }

  static std::size_t OnBytes(char* bytes, std::size_t size, std::size_t count, void* data) {
    auto& exchange = *static_cast<Exchange*>(data);
    exchange.too_long = exchange.body.size() + size * count > kEtcdAnswerBytesMax;
    if (exchange.too_long) return 0;  // ends it
    exchange.body.append(bytes, size * count);
    return size * count;
  }

  // ---------------------------------------------------------------- curl in the loop

  static int OnSocketChange(CURL* /*easy*/, curl_socket_t socket, int what, void* data, void* /*of_socket*/) {
    auto& client = *static_cast<EtcdClient*>(data);
    auto found = client.watched_.find(socket);
    if (what == CURL_POLL_REMOVE) {
      client.loop_.Forget(socket);
      if (found != client.watched_.end()) client.watched_.erase(found);
      return 0;
    }
    const std::uint32_t events =
        ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
    if (found != client.watched_.end()) {
      client.loop_.Change(socket, events);
      return 0;
    }
    found = client.watched_.emplace(socket, std::make_unique<Watched>(client, socket)).first;
    return client.loop_.Watch(socket, events, found->second.get()).ok() ? 0 : -1;
  }

  static int OnTimerChange(CURLM* /*multi*/, long milliseconds, void* data) {
    auto& client = *static_cast<EtcdClient*>(data);
    client.loop_.Cancel(std::exchange(client.timer_, {}));
    if (milliseconds < 0) return 0;
    client.timer_ = client.loop_.After(std::chrono::milliseconds(milliseconds), [raw = &client] {
      raw->timer_ = {};
      raw->Go(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
  }

  void Go(curl_socket_t socket, int mask) {
    int running = 0;
    ::curl_multi_socket_action(multi_, socket, mask, &running);
    int left = 0;
    while (const CURLMsg* const message = ::curl_multi_info_read(multi_, &left)) {
      if (message->msg == CURLMSG_DONE) Done(message->easy_handle, message->data.result);
    }
  }

  // ---------------------------------------------------------------- what comes of it

  void Done(CURL* easy, CURLcode result) {
    const auto entry = under_way_.find(easy);
    Exchange& exchange = entry->second;
    ::curl_multi_remove_handle(multi_, easy);
    long http = 0;
    ::curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &http);
    std::string trouble;
    if (exchange.too_long) {
      trouble = "the answer is too long for one of etcd";
    } else if (result != CURLE_OK) {
      trouble = ::curl_easy_strerror(result);
    } else if (http != 200) {
      trouble = "it answers with HTTP status " + std::to_string(http);
    }
    const std::string body = std::exchange(exchange.body, {});
    const Status status = trouble.empty() ? Take(entry, body) : Status::Error(trouble);
    if (!status.ok()) Fail(entry, status.message());
  }

  Status Take(Exchanges::iterator entry, const std::string& body) {
    Exchange& exchange = entry->second;
    if (exchange.swaps) {
      const Result<EtcdSwap> swap = DecodeEtcdSwap(dataset_, body);
      if (!swap.ok()) return swap.status();
      Reach(exchange.endpoint);
      Answer(entry, swap->swapped, swap->swapped ? exchange.question->next : swap->held.record);
      return {};
    }
    const Result<EtcdHeld> held = DecodeEtcdRange(dataset_, body);
    if (!held.ok()) return held.status();
    Reach(exchange.endpoint);
    if (exchange.question && dataset::MaySwap(*exchange.question, held->record)) {
      exchange.swaps = true;
      Send(entry->first, kEtcdTxnPath, EtcdSwapBody(dataset_, held->revision, exchange.question->next));
      return {};
    }
    Answer(entry, false, held->record);
    return {};
  }

  // record: a copy, for it may be of the question, which ends here.
  void Answer(Exchanges::iterator entry, bool swapped, dataset::MembershipRecord record) {
    const std::optional<dataset::AskMediator> question = entry->second.question;
    End(entry);
    if (question) answered_({.id = question->id, .swapped = swapped, .record = record});
  }

  void Reach(std::size_t endpoint) {
    current_ = endpoint;
    reached_ = Clock::now();
    if (said_ != "") log_("etcd is there, at " + endpoints_[endpoint].Text());
    said_.clear();
  }

  void Fail(Exchanges::iterator entry, const std::string& why) {
    const std::size_t endpoint = entry->second.endpoint;
    End(entry);
    if (endpoint == current_) current_ = (current_ + 1) % endpoints_.size();
    // The same trouble again and again is told once.
    const std::string trouble = "etcd at " + endpoints_[endpoint].Text() + ": " + why;
    if (trouble != said_) log_(trouble);
    said_ = trouble;
  }

  void End(Exchanges::iterator entry) {
    CURL* const easy = entry->first;
    ::curl_multi_remove_handle(multi_, easy);
    ::curl_easy_cleanup(easy);
    ::curl_slist_free_all(entry->second.connect_to);
    under_way_.erase(entry);
  }

  net::EventLoop& loop_;
  std::vector<net::Address> endpoints_;
  std::string certificates_;
  dataset::DatasetId dataset_;
  Answered answered_;
  std::function<void(const std::string&)> log_;
  CURLM* multi_;
  Exchanges under_way_;
  std::map<curl_socket_t, std::unique_ptr<Watched>> watched_;
  net::EventLoop::Timer timer_;
  net::EventLoop::Timer probe_timer_;
  std::size_t current_ = 0;
  std::optional<Clock::time_point> reached_;
  std::string said_ = "nothing yet";  // the last trouble; empty: it is there
};

}  // namespace

Result<std::unique_ptr<MediatorClient>> EtcdMediatorClient(net::EventLoop& loop, std::vector<net::Address> endpoints,
                                                           const std::string& certificates,
                                                           const dataset::DatasetId& dataset,
                                                           MediatorClient::Answered answered,
                                                           std::function<void(const std::string&)> log) {
  if (::curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return Status::Error("libcurl cannot be used");
  return std::unique_ptr<MediatorClient>(std::make_unique<EtcdClient>(loop, std::move(endpoints), certificates, dataset,
                                                                      std::move(answered), std::move(log)));
}

}  // namespace tarn::store
