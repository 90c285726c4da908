// The queues of a policy: doubly linked lists of pages, each page on one of them or on none. All steps are O(1).
#pragma once

#include <cassert>
#include <cstdint>
#include <vector>

#include "models/policy/page_cache.h"

namespace tarn::policy {

class PageLists {
 public:
  using List = std::uint8_t;
  static constexpr List kNoList = 0xff;
  static constexpr PageId kNoPage = ~PageId{0};

  PageLists(PageId pages, List lists) : nodes_(pages), ends_(lists) {}

  List ListOf(PageId page) const { return nodes_[page].list; }
  std::uint32_t Size(List list) const { return ends_[list].size; }
  PageId Front(List list) const { return ends_[list].front; }
  PageId Back(List list) const { return ends_[list].back; }
  // The neighbour towards the front; kNoPage at the front.
  PageId Ahead(PageId page) const { return nodes_[page].ahead; }

  // REQUIRES: page is on no list.
  void PushFront(List list, PageId page) {
    assert(ListOf(page) == kNoList);
    Ends& ends = ends_[list];
    nodes_[page] = {.ahead = kNoPage, .behind = ends.front, .list = list};
    if (ends.front == kNoPage) {
      ends.back = page;
    } else {
      nodes_[ends.front].ahead = page;
    }
    ends.front = page;
    ++ends.size;
  }

  // REQUIRES: page is on a list.
  void Remove(PageId page) {
    const Node node = nodes_[page];
    assert(node.list != kNoList);
    Ends& ends = ends_[node.list];
    (node.ahead == kNoPage ? ends.front : nodes_[node.ahead].behind) = node.behind;
    (node.behind == kNoPage ? ends.back : nodes_[node.behind].ahead) = node.ahead;
    --ends.size;
    nodes_[page].list = kNoList;
  }

  // REQUIRES: page is on a list.
  void MoveToFront(List list, PageId page) {
    Remove(page);
    PushFront(list, page);
  }

  // REQUIRES: the list is not empty.
  PageId PopBack(List list) {
    const PageId page = Back(list);
    assert(page != kNoPage);
    Remove(page);
    return page;
  }

 private:
  struct Node {
    PageId ahead = kNoPage;
    PageId behind = kNoPage;
    List list = kNoList;
  };
  struct Ends {
    PageId front = kNoPage;
    PageId back = kNoPage;
    std::uint32_t size = 0;
  };
  std::vector<Node> nodes_;
  std::vector<Ends> ends_;
};

}  // namespace tarn::policy
