package school.alongside.keystore

import android.app.Activity
import android.content.Context
import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import android.util.Base64
import app.tauri.annotation.Command
import app.tauri.annotation.InvokeArg
import app.tauri.annotation.TauriPlugin
import app.tauri.plugin.Invoke
import app.tauri.plugin.JSObject
import app.tauri.plugin.Plugin
import java.security.KeyStore
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

@InvokeArg
class KeyArgs {
    lateinit var name: String
    var secret: String? = null
}

@InvokeArg
class FolderArgs {
    lateinit var path: String
}

private const val STORE = "AndroidKeyStore"
private const val WRAPPING = "alongside.wrapping"
private const val KEPT = "alongside.keys"
private const val FORM = "AES/GCM/NoPadding"
private const val TAG_BITS = 128

/**
 * Keeps secrets wrapped by a key that never leaves the key store of the device. No message says what was to be kept.
 *
 * A key store that fails is told apart from one that has lost its key: only then there is nothing under a name.
 */
@TauriPlugin
class KeyStorePlugin(private val activity: Activity) : Plugin(activity) {
    private val kept
        get() = activity.applicationContext.getSharedPreferences(KEPT, Context.MODE_PRIVATE)

    @Command
    fun get(invoke: Invoke) {
        val args = invoke.parseArgs(KeyArgs::class.java)
        answer(invoke) { kept.getString(args.name, null)?.let { unwrap(args.name, it) } }
    }

    @Command
    fun put(invoke: Invoke) {
        val args = invoke.parseArgs(KeyArgs::class.java)
        answer(invoke) {
            val secret = Base64.decode(args.secret, Base64.NO_WRAP)
            // Written before it is answered: commit, not apply.
            check(kept.edit().putString(args.name, wrap(args.name, secret)).commit())
            secret.fill(0)
            null
        }
    }

    @Command
    fun delete(invoke: Invoke) {
        val args = invoke.parseArgs(KeyArgs::class.java)
        answer(invoke) {
            check(kept.edit().remove(args.name).commit())
            null
        }
    }

    /** The manifest says it for the whole app. */
    @Command
    fun leaveOut(invoke: Invoke) {
        invoke.resolve()
    }

    private fun answer(invoke: Invoke, work: () -> String?) {
        try {
            val answer = JSObject()
            answer.put("secret", work())
            invoke.resolve(answer)
        } catch (error: Exception) {
            invoke.reject("The key store did not do it: ${error.javaClass.simpleName}.")
        }
    }

    private fun wrap(name: String, secret: ByteArray): String {
        val cipher = Cipher.getInstance(FORM)
        cipher.init(Cipher.ENCRYPT_MODE, wrappingKey() ?: newWrappingKey())
        // One name's secret is of no use under another.
        cipher.updateAAD(name.toByteArray())
        val sealed = cipher.doFinal(secret)
        return listOf(cipher.iv, sealed).joinToString(".") { Base64.encodeToString(it, Base64.NO_WRAP) }
    }

    /** None when the key that wrapped it is gone, or is another since: what was wrapped cannot be had any more. */
    private fun unwrap(name: String, wrapped: String): String? {
        val parts = wrapped.split(".").map { Base64.decode(it, Base64.NO_WRAP) }
        val key = wrappingKey() ?: return null
        return try {
            val cipher = Cipher.getInstance(FORM)
            cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, parts[0]))
            cipher.updateAAD(name.toByteArray())
            val secret = cipher.doFinal(parts[1])
            Base64.encodeToString(secret, Base64.NO_WRAP).also { secret.fill(0) }
        } catch (gone: KeyPermanentlyInvalidatedException) {
            null
        } catch (other: AEADBadTagException) {
            null
        }
    }

    private fun wrappingKey(): SecretKey? {
        val store = KeyStore.getInstance(STORE).apply { load(null) }
        return store.getKey(WRAPPING, null) as SecretKey?
    }

    private fun newWrappingKey(): SecretKey {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
            try {
                return generate(inChip = true)
            } catch (none: StrongBoxUnavailableException) {
                // Not every device has a chip of its own for keys.
            }
        }
        return generate(inChip = false)
    }

    private fun generate(inChip: Boolean): SecretKey {
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val spec = KeyGenParameterSpec.Builder(WRAPPING, purposes)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .setKeySize(256)
        if (inChip && Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) spec.setIsStrongBoxBacked(true)
        val generator = KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, STORE)
        generator.init(spec.build())
        return generator.generateKey()
    }
}
