// swift-tools-version:5.7

import PackageDescription

let package = Package(
  name: "alongside-keystore",
  platforms: [.iOS(.v15)],
  products: [
    .library(name: "alongside-keystore", type: .static, targets: ["alongside-keystore"])
  ],
  dependencies: [
    .package(name: "Tauri", path: "../.tauri/tauri-api")
  ],
  targets: [
    .target(
      name: "alongside-keystore",
      dependencies: [.byName(name: "Tauri")],
      path: "Sources")
  ]
)
