package school.alongside.handover

import android.app.Activity
import android.content.ClipData
import android.content.Intent
import androidx.core.content.FileProvider
import app.tauri.annotation.Command
import app.tauri.annotation.InvokeArg
import app.tauri.annotation.TauriPlugin
import app.tauri.plugin.Invoke
import app.tauri.plugin.Plugin
import java.io.File

@InvokeArg
class FileArgs {
    lateinit var path: String
    lateinit var mediaType: String
    lateinit var title: String
}

/** Opens the share sheet over a file. Only the app that the person chooses may read it, and only this file. */
@TauriPlugin
class HandOverPlugin(private val activity: Activity) : Plugin(activity) {
    @Command
    fun file(invoke: Invoke) {
        val args = invoke.parseArgs(FileArgs::class.java)
        try {
            // Refuses whatever does not lie in the folder that the app's file_paths.xml opens.
            val address = FileProvider.getUriForFile(activity, "${activity.packageName}.fileprovider", File(args.path))
            val send = Intent(Intent.ACTION_SEND).apply {
                // A type is sent without its charset: apps are found by the bare type.
                type = args.mediaType.substringBefore(';').trim()
                putExtra(Intent.EXTRA_STREAM, address)
                putExtra(Intent.EXTRA_TITLE, args.title)
                clipData = ClipData.newRawUri(args.title, address)
                addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION)
            }
            val sheet = Intent.createChooser(send, args.title)
            sheet.addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION)
            activity.runOnUiThread {
                try {
                    activity.startActivity(sheet)
                    invoke.resolve()
                } catch (error: Exception) {
                    invoke.reject("There is no share sheet on this device.")
                }
            }
        } catch (error: IllegalArgumentException) {
            invoke.reject("The file does not lie where it may be read from.")
        }
    }
}
