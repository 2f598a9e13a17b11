// vma_tree.hpp: the VMAs of an mm by address: a B+ tree that readers walk under RCU while one
// writer changes it, like the kernel's maple tree.
//
// A published node is never changed, but for the child slots of inner nodes. A change copies the
// leaf and publishes the copy in its parent's slot; only when a leaf splits, empties or merges is
// the parent copied too, and so on upwards. So a write leaves the path that other readers walk in
// their caches. Replaced nodes are freed after a grace period.
//
// Memory ordering: a node is filled in, then published by a release store; readers load slots with
// acquire. Keys are Plain: nobody writes them after publication.
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "platform/platform.hpp"

namespace faultline {

// Entries of a node. A platform that explores executions has fewer, by a specialization, so that a
// small map makes a tree of several levels.
template <class P>
inline constexpr unsigned tree_fanout = 16;

template <Platform P, class Vma>
class VmaTree {
 public:
  static constexpr unsigned fanout = tree_fanout<P>;
  static_assert(fanout >= 4);
  struct Node;
  using NodeCache = typename P::template Cache<Node>;

  explicit VmaTree(NodeCache& nodes) : nodes_(nodes) {}
  VmaTree(const VmaTree&) = delete;
  VmaTree& operator=(const VmaTree&) = delete;
  ~VmaTree() { FL_ASSERT(root_.load(relaxed) == nullptr); }

  // --- readers: inside an RCU read-side section, or with mmap_lock held ---

  // The VMA that covers addr, or null. Its bounds are the tree's; the VMA itself is not touched.
  Vma* find(std::uint64_t addr) const {
    const Node* node = root_.load(acquire);
    if (node == nullptr) return nullptr;
    while (!node->leaf) node = node->child(node->index_of(addr));
    const unsigned i = node->index_of(addr);
    const bool covered = node->key[i].get() <= addr && addr < node->end[i].get();
    return covered ? static_cast<Vma*>(node->slot[i].load(relaxed)) : nullptr;
  }

  // The first VMA that ends behind addr, or null.
  Vma* find_next(std::uint64_t addr) const {
    for (;;) {
      // unforced: whoever comes here holds mmap_lock
      const Node* node = root_.load(acquire);
      if (node == nullptr) return nullptr;
      std::uint64_t bound = none;  // where the next leaf begins
      while (!node->leaf) {
        const unsigned i = node->index_of(addr);
        if (i + 1 < node->count) bound = node->key[i + 1].get();
        node = node->child(i);
      }
      for (unsigned i = 0; i < node->count; ++i) {
        if (addr < node->end[i].get()) return static_cast<Vma*>(node->slot[i].load(relaxed));
      }
      if (bound == none) return nullptr;
      addr = bound;
    }
  }

  // --- the writer: mmap_lock held for write. Ranges must not overlap. ---

  void insert(std::uint64_t start, std::uint64_t end, Vma* vma) {
    Path path = descend_for(start, end);
    Items items = path.depth == 0 ? Items{} : items_of(*path.leaf());
    items.insert(items.position_of(start), start, end, vma);
    put(path, items);
  }

  void erase(std::uint64_t start) {
    Path path = descend(start);
    FL_ASSERT(path.depth != 0);
    Items items = items_of(*path.leaf());
    items.erase(items.exactly(start));
    put(path, items);
  }

  // The VMA that began at old_start now covers [start, end).
  void resize(std::uint64_t old_start, std::uint64_t start, std::uint64_t end, Vma* vma) {
    Path path = descend_for(old_start, end);
    if (start == old_start || descend(start).leaf() == path.leaf()) {
      Items items = items_of(*path.leaf());
      const unsigned i = items.exactly(old_start);
      items.key[i] = start;
      items.end[i] = end;
      put(path, items);
    } else {
      erase(old_start);
      insert(start, end, vma);
    }
  }

  // Frees all nodes at once: nobody else may look any more.
  void clear() {
    Node* root = root_.load(relaxed);
    root_.store(nullptr, release);  // unforced(relaxed): there is nothing behind a null pointer
    if (root != nullptr) free_all(root);
  }

  unsigned depth() const {
    unsigned levels = 0;
    // unforced: for tests, when nobody works any more
    for (const Node* node = root_.load(acquire); node != nullptr; node = node->child(0)) {
      ++levels;
      if (node->leaf) break;
    }
    return levels;
  }

  struct Node {
    // leaf: entry i is [key, end) -> VMA. inner: child i holds addresses from key[i] on; key[0]
    // counts as minus infinity.
    bool leaf = true;
    unsigned count = 0;
    std::array<typename P::template Plain<std::uint64_t>, fanout> key;
    std::array<typename P::template Plain<std::uint64_t>, fanout> end;
    std::array<typename P::template Atomic<void*>, fanout> slot;

    Node* child(unsigned i) const { return static_cast<Node*>(slot[i].load(acquire)); }
    unsigned index_of(std::uint64_t addr) const {
      unsigned i = count;
      while (i > 1 && key[i - 1].get() > addr) --i;
      return i - 1;
    }
  };

 private:
  static constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();
  static constexpr unsigned depth_max = 16;

  // The new content of a node, which may be one item too many for it.
  struct Items {
    bool leaf = true;
    unsigned count = 0;
    std::array<std::uint64_t, 2 * fanout> key;
    std::array<std::uint64_t, 2 * fanout> end;
    std::array<void*, 2 * fanout> slot;

    void insert(unsigned at, std::uint64_t start, std::uint64_t stop, void* pointer) {
      for (unsigned i = count; i > at; --i) move(i, i - 1);
      key[at] = start;
      end[at] = stop;
      slot[at] = pointer;
      ++count;
    }
    void erase(unsigned at) {
      for (unsigned i = at; i + 1 < count; ++i) move(i, i + 1);
      --count;
    }
    void move(unsigned to, unsigned from) {
      key[to] = key[from];
      end[to] = end[from];
      slot[to] = slot[from];
    }
    unsigned position_of(std::uint64_t start) const {
      unsigned i = 0;
      while (i < count && key[i] < start) ++i;
      return i;
    }
    unsigned exactly(std::uint64_t start) const {
      const unsigned i = position_of(start);
      FL_ASSERT(i < count && key[i] == start);
      return i;
    }
  };

  struct Path {
    unsigned depth = 0;
    std::array<Node*, depth_max> node;
    std::array<unsigned, depth_max> index;  // which child of node[i] is node[i + 1]
    std::uint64_t bound = none;             // where the next leaf begins
    unsigned bound_depth = 0;               // how deep the inner node is that says so

    Node* leaf() const { return depth == 0 ? nullptr : node[depth - 1]; }
  };

  Path descend(std::uint64_t addr) const {
    Path path;
    Node* node = root_.load(relaxed);
    while (node != nullptr) {
      FL_ASSERT(path.depth < depth_max);
      path.node[path.depth] = node;
      const unsigned i = path.index[path.depth] = node->index_of(addr);
      ++path.depth;
      if (!node->leaf && i + 1 < node->count) {
        path.bound = node->key[i + 1].get();
        path.bound_depth = path.depth;
      }
      node = node->leaf ? nullptr : node->child(path.index[path.depth - 1]);
    }
    return path;
  }

  // The path to the leaf of a VMA that begins at start and is about to reach up to `end`. A bound
  // in between is that of an entry which is gone by now: moved up, so that all addresses of the VMA
  // lead to the one leaf. There is one at most, since no child is empty.
  Path descend_for(std::uint64_t start, std::uint64_t end) {
    Path path = descend(start);
    if (end <= path.bound) return path;
    path.depth = path.bound_depth;
    Items items = items_of(*path.leaf());
    items.key[path.index[path.depth - 1] + 1] = end;
    put(path, items);
    return descend(start);
  }

  static Items items_of(const Node& node) {
    Items items;
    items.leaf = node.leaf;
    items.count = node.count;
    for (unsigned i = 0; i < node.count; ++i) {
      items.key[i] = node.key[i].get();
      items.end[i] = node.end[i].get();
      items.slot[i] = node.slot[i].load(relaxed);
    }
    return items;
  }

  Node* make(const Items& items, unsigned from, unsigned to) {
    Node* node = nodes_.alloc();
    node->leaf = items.leaf;
    node->count = to - from;
    for (unsigned i = from; i < to; ++i) {
      node->key[i - from].set(items.key[i]);
      node->end[i - from].set(items.end[i]);
      node->slot[i - from].store(items.slot[i], relaxed);
    }
    return node;
  }

  // Replaces the last node of the path by `items`, and what that changes above it.
  void put(Path& path, Items& items) {
    while (path.depth > 1) {
      Node* old = path.node[path.depth - 1];
      Node* parent = path.node[path.depth - 2];
      const unsigned at = path.index[path.depth - 2];
      Node* sibling = items.count != 0 ? merge_partner(items, *parent, at) : nullptr;
      if (items.count != 0 && items.count <= fanout && sibling == nullptr) {
        parent->slot[at].store(make(items, 0, items.count), release);
        nodes_.free_rcu(old);
        replaced_.free_all(nodes_);
        return;
      }
      Items above = items_of(*parent);
      if (items.count == 0) {
        above.erase(at);
      } else if (sibling != nullptr) {
        merge(items, *sibling, above, at);
      } else {
        split(items, above, at);
      }
      // Readers still reach the old nodes until an ancestor has been replaced: freed after that.
      replaced_.add(old);
      if (sibling != nullptr) replaced_.add(sibling);
      --path.depth;
      items = above;
    }
    put_root(items);
  }

  void put_root(Items& items) {
    Node* old = root_.load(relaxed);
    Node* root = nullptr;
    if (items.count > fanout) {
      Items top;
      top.leaf = false;
      top.insert(0, 0, 0, nullptr);
      split(items, top, 0);
      root = make(top, 0, top.count);
    } else if (!items.leaf && items.count == 1) {
      root = static_cast<Node*>(items.slot[0]);
    } else if (items.count != 0) {
      root = make(items, 0, items.count);
    }
    root_.store(root, release);
    if (old != nullptr) nodes_.free_rcu(old);
    replaced_.free_all(nodes_);
  }

  void split(const Items& items, Items& above, unsigned at) {
    const unsigned half = items.count / 2;
    above.slot[at] = make(items, 0, half);
    above.insert(at + 1, items.key[half], 0, make(items, half, items.count));
  }

  // A neighbour to merge with when the node has become small, or null.
  Node* merge_partner(const Items& items, const Node& parent, unsigned at) const {
    if (items.count > fanout / 4 || parent.count < 2) return nullptr;
    Node* neighbour = parent.child(at + 1 < parent.count ? at + 1 : at - 1);
    return items.count + neighbour->count <= fanout * 3 / 4 ? neighbour : nullptr;
  }

  void merge(const Items& items, const Node& sibling, Items& above, unsigned at) {
    const bool behind = at + 1 < above.count;
    const Items other = items_of(sibling);
    Items both = behind ? items : other;
    const Items& second = behind ? other : items;
    const unsigned first_at = behind ? at : at - 1;
    for (unsigned i = 0; i < second.count; ++i) {
      // An inner node's first key counts as minus infinity; here it needs its true bound.
      const bool bound = !second.leaf && i == 0;
      both.insert(both.count, bound ? above.key[first_at + 1] : second.key[i], second.end[i],
                  second.slot[i]);
    }
    above.slot[first_at] = make(both, 0, both.count);
    above.erase(first_at + 1);
  }

  void free_all(Node* node) {
    for (unsigned i = 0; !node->leaf && i < node->count; ++i) free_all(node->child(i));
    nodes_.free(node);
  }

  // Nodes that the change in progress has replaced.
  struct Replaced {
    unsigned count = 0;
    std::array<Node*, 2 * depth_max> nodes;

    void add(Node* node) { nodes[count++] = node; }
    void free_all(NodeCache& cache) {
      while (count != 0) cache.free_rcu(nodes[--count]);
    }
  };

  NodeCache& nodes_;
  typename P::template Atomic<Node*> root_{nullptr};
  Replaced replaced_;
};

}  // namespace faultline
