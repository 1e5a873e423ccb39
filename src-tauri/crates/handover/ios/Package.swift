// swift-tools-version:5.7

import PackageDescription

let package = Package(
  name: "alongside-handover",
  platforms: [.iOS(.v15)],
  products: [
    .library(name: "alongside-handover", type: .static, targets: ["alongside-handover"])
  ],
  dependencies: [
    .package(name: "Tauri", path: "../.tauri/tauri-api")
  ],
  targets: [
    .target(
      name: "alongside-handover",
      dependencies: [.byName(name: "Tauri")],
      path: "Sources")
  ]
)
