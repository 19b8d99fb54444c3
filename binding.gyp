{
  "variables": {
    "werror%": "<!(node -p \"process.env.NETLOOM_WERROR === '1' ? 1 : 0\")"
  },
  "targets": [
    {
      "target_name": "netloom",
      "sources": ["<!@(node native/sources.js)"],
      "include_dirs": ["native"],
      "defines": ["NAPI_VERSION=8", "NAPI_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED",
        # In a worker that is being terminated nothing can be thrown any more; that must not abort the process.
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "cflags": ["-fvisibility=hidden"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": [
        "-std=c++20",
        # A system header, so that its warnings are not ours; relative to build/, where make runs.
        "-isystem../<!(node -p \"require('node-addon-api').include_dir\")",
        "-Wall",
        "-Wextra",
        "-Wno-missing-field-initializers",
        "-fno-strict-aliasing"
      ],
      "ldflags": ["-Wl,--exclude-libs,ALL"],
      "conditions": [["werror==1", { "cflags_cc": ["-Werror"] }]]
    },
    {
      "target_name": "launcher",
      "type": "executable",
      "sources": ["native/launcher/launcher.cc", "native/launcher/mounts.cc", "native/launcher/privileges.cc"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": ["-std=c++20", "-Wall", "-Wextra"],
      "conditions": [["werror==1", { "cflags_cc": ["-Werror"] }]]
    }
  ]
}
