import Foundation
import Security
import Tauri
import UIKit
import WebKit

struct KeyArgs: Decodable {
  let name: String
  let secret: String?
}

struct FolderArgs: Decodable {
  let path: String
}

struct KeyAnswer: Encodable {
  let secret: String?
}

/// Keeps secrets in the keychain of this device alone. No message says what was to be kept.
class KeyStorePlugin: Plugin {
  private let service = "school.alongside.app"

  @objc public func get(_ invoke: Invoke) throws {
    let args = try invoke.parseArgs(KeyArgs.self)
    var query = item(args.name)
    query[kSecReturnData as String] = true
    query[kSecMatchLimit as String] = kSecMatchLimitOne
    var found: CFTypeRef?
    let status = SecItemCopyMatching(query as CFDictionary, &found)
    switch (status, found as? Data) {
    case (errSecSuccess, let secret?):
      invoke.resolve(KeyAnswer(secret: secret.base64EncodedString()))
    case (errSecItemNotFound, _):
      invoke.resolve(KeyAnswer(secret: nil))
    default:
      // Locked, before the first unlock after a start, for instance: not the same as gone.
      invoke.reject("The keychain did not do it: \(status).")
    }
  }

  @objc public func put(_ invoke: Invoke) throws {
    let args = try invoke.parseArgs(KeyArgs.self)
    guard let secret = args.secret.flatMap({ Data(base64Encoded: $0) }) else {
      invoke.reject("There is nothing to keep.")
      return
    }
    let kept: [String: Any] = [
      kSecValueData as String: secret,
      // A sync in the background may read it; a backup or another device may not.
      kSecAttrAccessible as String: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
    ]
    var status = SecItemUpdate(item(args.name) as CFDictionary, kept as CFDictionary)
    if status == errSecItemNotFound {
      let added = item(args.name).merging(kept) { _, new in new }
      status = SecItemAdd(added as CFDictionary, nil)
    }
    answer(invoke, status == errSecSuccess, status)
  }

  @objc public func delete(_ invoke: Invoke) throws {
    let args = try invoke.parseArgs(KeyArgs.self)
    let status = SecItemDelete(item(args.name) as CFDictionary)
    answer(invoke, status == errSecSuccess || status == errSecItemNotFound, status)
  }

  /// Marks the folder of the stores as one that backups leave out, with all that is in it.
  @objc public func leaveOut(_ invoke: Invoke) throws {
    let args = try invoke.parseArgs(FolderArgs.self)
    var folder = URL(fileURLWithPath: args.path, isDirectory: true)
    var values = URLResourceValues()
    values.isExcludedFromBackup = true
    do {
      try folder.setResourceValues(values)
      invoke.resolve()
    } catch {
      invoke.reject("The folder was not marked.")
    }
  }

  private func item(_ name: String) -> [String: Any] {
    return [
      kSecClass as String: kSecClassGenericPassword,
      kSecAttrService as String: service,
      kSecAttrAccount as String: name,
      kSecAttrSynchronizable as String: false,
    ]
  }

  private func answer(_ invoke: Invoke, _ isDone: Bool, _ status: OSStatus) {
    if isDone {
      invoke.resolve(KeyAnswer(secret: nil))
    } else {
      invoke.reject("The keychain did not do it: \(status).")
    }
  }
}

@_cdecl("init_plugin_keystore")
func initPlugin() -> Plugin {
  return KeyStorePlugin()
}
