// The dataset's volumes and snapshots as exports of the NBD server, by name. The default export is the only volume, if
// there is one only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sw/nbd/export.h"
#include "sw/store/member_host.h"

namespace tarn::store {

class DatasetExports : public nbd::ExportDirectory {
 public:
  // The host must outlive this and every export.
  explicit DatasetExports(MemberHost& host) : host_(host) {}

  std::shared_ptr<nbd::Export> Find(const std::string& name) override;
  std::vector<Entry> List() override;

 private:
  MemberHost& host_;
};

}  // namespace tarn::store
