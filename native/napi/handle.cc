#include "handle.h"

namespace netloom {

namespace {

// Distinguishes handles from other objects.
constexpr napi_type_tag kTag = {0x6e65746c6f6f6d01, 0x68616e646c650001};

void check(Napi::Env env, napi_status status) {
  if (status != napi_ok) throw Napi::Error::New(env);
}

}  // namespace

Napi::Object newHandle(Napi::Env env, Held held) {
  auto object = Napi::Object::New(env);
  auto owned = std::make_unique<Held>(std::move(held));
  check(env, napi_wrap(
                 env, object, owned.get(),
                 [](napi_env, void* data, void*) {
                   const std::unique_ptr<Held> dying(static_cast<Held*>(data));
                   closeHeld(*dying);
                 },
                 nullptr, nullptr));
  owned.release();  // NOLINT(bugprone-unused-return-value): the finalizer owns it now
  check(env, napi_type_tag_object(env, object, &kTag));
  return object;
}

Held& heldBy(Napi::Value value) {
  bool ours = false;
  if (value.IsObject()) check(value.Env(), napi_check_object_type_tag(value.Env(), value, &kTag, &ours));
  if (!ours) throw Napi::TypeError::New(value.Env(), "a handle of this addon is expected");
  void* data = nullptr;
  check(value.Env(), napi_unwrap(value.Env(), value, &data));
  return *static_cast<Held*>(data);
}

void closeHeld(Held& held) {
  if (const auto* monitor = std::get_if<MonitorRef>(&held))
    if (const auto executor = monitor->executor.lock()) executor->closeMonitor(monitor->id);
  held = std::monostate{};
}

}  // namespace netloom
