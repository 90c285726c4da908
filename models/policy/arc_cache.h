// Megiddo and Modha, "ARC: a self-tuning, low overhead replacement cache" (FAST 2003).
#pragma once

#include <cstdint>

#include "models/policy/page_cache.h"
#include "models/policy/page_lists.h"

namespace tarn::policy {

class ArcCache : public PageCache {
 public:
  ArcCache(std::uint32_t frames, PageId pages) : frames_(frames), lists_(pages, 4) {}
  bool Access(PageId page) override;

 private:
  // The paper's T1, T2, B1, B2.
  enum : PageLists::List { kOnce, kOften, kOnceGhost, kOftenGhost };
  void Adapt(bool hit_once_ghost);
  void Replace(bool hit_often_ghost);
  void MakeRoomForNew();
  std::uint32_t Resident() const { return lists_.Size(kOnce) + lists_.Size(kOften); }

  std::uint32_t frames_;
  PageLists lists_;
  double once_target_ = 0;  // the paper's p
};

}  // namespace tarn::policy
