from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="mailed",
            field=models.BooleanField(
                default=False, help_text="The link left only by e-mail: who opens it reads that e-mail."
            ),
        )
    ]
