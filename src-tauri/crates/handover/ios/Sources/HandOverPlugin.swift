import Foundation
import Tauri
import UIKit
import WebKit

struct FileArgs: Decodable {
  let path: String
  let mediaType: String
  let title: String
}

/// Opens the share sheet over a file; saving to Files and printing are in it.
class HandOverPlugin: Plugin {
  private weak var webview: WKWebView?

  @objc public override func load(webview: WKWebView) {
    self.webview = webview
  }

  @objc public func file(_ invoke: Invoke) throws {
    let args = try invoke.parseArgs(FileArgs.self)
    let file = URL(fileURLWithPath: args.path)
    guard FileManager.default.isReadableFile(atPath: file.path) else {
      invoke.reject("The file does not lie where it may be read from.")
      return
    }
    DispatchQueue.main.async { [weak self] in
      guard let self = self, let screen = self.manager.viewController else {
        invoke.reject("There is no screen to show the share sheet on.")
        return
      }
      let sheet = UIActivityViewController(activityItems: [file], applicationActivities: nil)
      // On an iPad the sheet is a bubble and must say where it grows from: the middle of the lower edge.
      if let bubble = sheet.popoverPresentationController {
        let view: UIView = self.webview ?? screen.view
        bubble.sourceView = view
        bubble.sourceRect = CGRect(x: view.bounds.midX, y: view.bounds.maxY - 1, width: 1, height: 1)
      }
      screen.present(sheet, animated: true) { invoke.resolve() }
    }
  }
}

@_cdecl("init_plugin_handover")
func initPlugin() -> Plugin {
  return HandOverPlugin()
}
