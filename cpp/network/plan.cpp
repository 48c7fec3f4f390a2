#include "network/plan.h"

#include "base/errors.h"

namespace digitcli::network {

Passes all_passes_but(const std::vector<std::string>& names) {
  Passes passes;
  for (const std::string& name : names) {
    if (name == "fold") {
      passes.fold = false;
    } else if (name == "winograd") {
      passes.winograd = false;
    } else if (name == "fuse") {
      passes.fuse = false;
    } else if (name == "blank") {
      passes.blank = false;
    } else {
      throw base::BadNetwork("no pass is called '" + name +
                             "' (choose from: fold, winograd, fuse, blank)");
    }
  }
  return passes;
}

const char* name_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::direct:
      return "direct";
    case Algorithm::winograd:
      return "winograd";
    case Algorithm::max_pool:
      return "max pool";
    case Algorithm::average_pool:
      return "average pool";
    case Algorithm::dense:
      return "dense";
  }
  return "";
}

bool is_fusible(const Layer& layer) {
  return layer.kind == Kind::max_pool && layer.window.square(2) && layer.stride.square(2);
}

double direct_flops(const Layer& layer, Shape in, Shape out) {
  switch (layer.kind) {
    case Kind::conv:
      return 2.0 * layer.window.rows * layer.window.columns * in.channels *
             static_cast<double>(out.size());
    case Kind::max_pool:
      return 0;
    case Kind::average_pool:
      return static_cast<double>(in.size() + out.size());
    case Kind::dense:
      return 2.0 * static_cast<double>(in.size()) * layer.units;
  }
  return 0;
}

}  // namespace digitcli::network
